package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
)

// part is the description of the operations of one tag alone, with what they refer to. A browser opens it in a quarter of
// the time that it takes over the whole document.
type part struct {
	from map[string]any            // components of the whole document, by kind
	used map[string]map[string]any // of them, what the part refers to
}

// partsOf divides the document by tags.
func partsOf(whole document) (map[string][]byte, error) {
	parts := map[string][]byte{}
	for _, tag := range documentTags() {
		var described map[string]any // read anew: each part is changed in place
		if err := json.Unmarshal(whole.json, &described); err != nil {
			return nil, fmt.Errorf("read the document: %w", err)
		}
		text, err := json.Marshal(partOf(described, tag.Name))
		if err != nil {
			return nil, fmt.Errorf("write the part %s of the document: %w", tag.Name, err)
		}
		parts[tag.Name] = text
	}
	return parts, nil
}

func partOf(whole map[string]any, tag string) map[string]any {
	paths, _ := whole["paths"].(map[string]any)
	for path, item := range paths {
		operations, _ := item.(map[string]any)
		for method, operation := range operations {
			if described, _ := operation.(map[string]any); !tagged(described, tag) {
				delete(operations, method)
			}
		}
		if len(operations) == 0 {
			delete(paths, path)
		}
	}
	tags, _ := whole["tags"].([]any)
	for _, explained := range tags {
		if one, _ := explained.(map[string]any); one["name"] == tag {
			whole["tags"] = []any{one}
		}
	}
	components, _ := whole["components"].(map[string]any)
	p := part{from: components, used: map[string]map[string]any{}}
	p.gather(paths)
	kept := map[string]any{"securitySchemes": components["securitySchemes"]}
	for kind, members := range p.used {
		kept[kind] = members
	}
	whole["components"] = kept
	return whole
}

func tagged(operation map[string]any, tag string) bool {
	tags, _ := operation["tags"].([]any)
	return len(tags) == 1 && tags[0] == tag
}

// gather takes whatever the value refers to, and what that refers to.
func (p part) gather(value any) {
	switch v := value.(type) {
	case map[string]any:
		if ref, is := v["$ref"].(string); is {
			p.take(strings.TrimPrefix(ref, "#/components/"))
		}
		for _, member := range v {
			p.gather(member)
		}
	case []any:
		for _, item := range v {
			p.gather(item)
		}
	}
}

func (p part) take(ref string) {
	kind, name, _ := strings.Cut(ref, "/")
	if _, taken := p.used[kind][name]; taken {
		return
	}
	members, _ := p.from[kind].(map[string]any)
	if p.used[kind] == nil {
		p.used[kind] = map[string]any{}
	}
	p.used[kind][name] = members[name]
	p.gather(members[name])
}
