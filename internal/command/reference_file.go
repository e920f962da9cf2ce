package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// maxYAMLDepth bounds nesting; no document comes near it.
const maxYAMLDepth = 32

// parseReference reads a document in YAML, of which JSON is a part, and notes on which line each field stands.
func parseReference(file string, text []byte) (referenceFile, error) {
	d := referenceFile{file: file, lines: map[string]int{"": 1}}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return d, fmt.Errorf("%s: no YAML or JSON 不是 YAML 或 JSON: %w", file, err)
	}
	if root.Kind != yaml.DocumentNode {
		return d, fmt.Errorf("%s: the file is empty 文件为空", file)
	}
	value, err := d.value(root.Content[0], "", 0)
	if err != nil {
		return d, fmt.Errorf("%s:%w", file, err)
	}
	fields, isObject := value.(map[string]any)
	if !isObject {
		return d, fmt.Errorf("%s: write kind, province, version, validFrom and body 文件应含 kind、province、version、validFrom 和 body", file)
	}
	body, err := json.Marshal(fields["body"])
	if err != nil {
		return d, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	take := func(name string) string {
		given, isText := fields[name].(string)
		if !isText {
			faults = append(faults, fmt.Errorf("%s:%d: /%s: write it as text in quotes 请写成加引号的文本", file, d.line("/"+name), name))
		}
		delete(fields, name)
		return given
	}
	d.Reference = mediation.Reference{
		Kind: mediation.ReferenceKind(take("kind")), Unit: take("province"), Version: take("version"), ValidFrom: take("validFrom"), Body: body,
	}
	delete(fields, "body")
	for name := range fields {
		faults = append(faults, fmt.Errorf("%s:%d: /%s: no such field 没有此字段", file, d.line("/"+name), name))
	}
	if len(faults) > 0 {
		return d, errors.Join(faults...)
	}
	if len(d.Unit) != provinceDigits {
		return d, fmt.Errorf("%s:%d: /province: two digits in quotes, as \"37\" 请写两位省级代码并加引号，如 \"37\"", file, d.line("/province"))
	}
	checked, err := d.Checked()
	if err != nil {
		return d, d.fault(err)
	}
	d.Reference = checked
	return d, nil
}

const provinceDigits = 2

// value is a node as JSON has it. Days stay texts, and aliases are refused: a legal document says everything where it
// stands.
func (d referenceFile) value(node *yaml.Node, pointer string, depth int) (any, error) {
	d.lines[pointer] = node.Line
	if depth > maxYAMLDepth || node.Kind == yaml.AliasNode {
		return nil, fmt.Errorf("%d: %s: no aliases, and at most %d levels 不得使用别名，嵌套不超过 %d 层", node.Line, pointer, maxYAMLDepth, maxYAMLDepth)
	}
	switch node.Kind {
	case yaml.MappingNode:
		return d.object(node, pointer, depth)
	case yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			value, err := d.value(item, pointer+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	default:
		return scalar(node, pointer)
	}
}

func (d referenceFile) object(node *yaml.Node, pointer string, depth int) (any, error) {
	object := map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		if _, twice := object[name]; twice || node.Content[i].Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%d: %s: the name %s stands here twice, or is none 字段名重复或无效", node.Content[i].Line, pointer, name)
		}
		value, err := d.value(node.Content[i+1], pointer+"/"+name, depth+1)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	return object, nil
}

// scalar keeps what YAML takes for a day as the text that was written.
func scalar(node *yaml.Node, pointer string) (any, error) {
	switch node.Tag {
	case "!!timestamp", "!!str":
		return node.Value, nil
	case "!!int", "!!float":
		if json.Valid([]byte(node.Value)) {
			return json.Number(node.Value), nil
		}
		return nil, fmt.Errorf("%d: %s: put this in quotes, or write a plain number 请加引号，或写成普通数字", node.Line, pointer)
	case "!!bool":
		return node.Value == "true" || node.Value == "True" || node.Value == "TRUE", nil
	case "!!null":
		return nil, nil //nolint:nilnil // null is a value of JSON
	}
	return nil, fmt.Errorf("%d: %s: this is not understood 无法识别", node.Line, pointer)
}
