package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// contract is what the document says that clients build on.
type contract struct {
	Tags       []struct{ Name, Description string }
	Paths      map[string]map[string]documented
	Components struct {
		Responses map[string]struct {
			Content map[string]struct {
				Examples map[string]struct{ Value httpapi.Problem }
			}
		}
		Schemas map[string]struct {
			Properties map[string]any
			Required   []string
		}
	}
}

// documented is one operation.
type documented struct {
	OperationID string
	Action      string `json:"x-action"`
	Description string
	Summary     string
	SummaryZH   string   `json:"x-summary-zh"`
	Roles       []string `json:"x-required-roles"`
	Tags        []string
	Security    []map[string]any
	Parameters  []struct {
		In, Name string
		Required bool
	}
	Responses   map[string]any
	RequestBody *struct {
		Content map[string]struct{ Example any }
	}
}

func servedContract(t *testing.T) contract {
	t.Helper()
	api, err := httpapi.New(httpapi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	api.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var c contract
	if err := json.Unmarshal(recorder.Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// lines writes the contract as facts, one a line.
func (c contract) lines() map[string]bool {
	facts := map[string]bool{}
	need := map[bool]string{true: "required", false: "optional"}
	for path, methods := range c.Paths {
		for method, op := range methods {
			facts[strings.Join([]string{"operation", strings.ToUpper(method), path, op.OperationID, op.Action}, " ")] = true
			for _, p := range op.Parameters {
				facts[strings.Join([]string{"parameter", op.OperationID, p.In, p.Name, need[p.Required]}, " ")] = true
			}
			for status := range op.Responses {
				facts["response "+op.OperationID+" "+status] = true
			}
		}
	}
	for name, schema := range c.Components.Schemas {
		required := map[string]bool{}
		for _, member := range schema.Required {
			required[member] = true
		}
		for member := range schema.Properties {
			facts["member "+name+" "+member+" "+need[required[member]]] = true
		}
	}
	return facts
}

// TestAPI_contract: what clients of the first version build on still holds; testdata/contract-1.txt lists it and only
// ever grows.
func TestAPI_contract(t *testing.T) {
	kept, err := os.ReadFile("testdata/contract-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	c := servedContract(t)
	facts, first := c.lines(), map[string]bool{}
	for line := range strings.Lines(string(kept)) {
		line = strings.TrimSuffix(line, "\n")
		first[line] = true
		if !facts[line] {
			t.Errorf("this no longer holds: %s", line)
		}
	}
	for fact := range facts {
		parts := strings.Split(fact, " ")
		input := parts[0] == "parameter" || strings.HasSuffix(parts[1], "Input") || strings.HasSuffix(parts[1], "Patch")
		if known := knownSubject(first, parts); input && known && parts[len(parts)-1] == "required" && !first[fact] {
			t.Errorf("clients of the first version do not send this: %s", fact)
		}
	}
}

// knownSubject tells whether the first version had the operation or the schema.
func knownSubject(first map[string]bool, parts []string) bool {
	for line := range first {
		if strings.HasPrefix(line, parts[0]+" "+parts[1]+" ") {
			return true
		}
	}
	return false
}

// TestAPI_everyOperationIsDocumented: words in both languages, who may by the permission table, and an example of every
// body.
func TestAPI_everyOperationIsDocumented(t *testing.T) {
	lists := mediation.CodeLists()
	roles := lists[slices.IndexFunc(lists, func(l mediation.CodeList) bool { return l.Name == "roles" })]
	for path, methods := range servedContract(t).Paths {
		for method, op := range methods {
			lines := strings.Split(op.Description, "\n")
			if op.SummaryZH == "" || lines[0] != op.SummaryZH || len(lines) < 5 {
				t.Errorf("%s %s does not begin with its summary in Chinese, or does not say what it does: %q", method, path, op.Description)
			}
			may := lines[len(lines)-1]
			if !strings.HasPrefix(may, "Who may: ") || !strings.Contains(may, "谁可以：") {
				t.Errorf("%s %s does not end with who may: %q", method, path, may)
			}
			for _, code := range roles.Codes {
				want := slices.Contains(mediation.Action(op.Action).Roles(), mediation.Role(code.Code)) && len(op.Security[0]) > 0
				en := regexp.MustCompile(`[ ,]` + code.Code + `[,.]`).MatchString(may)
				zh := regexp.MustCompile(`[：、]` + code.ZH + `[、。]`).MatchString(may)
				if en != want || zh != want {
					t.Errorf("%s: may a %s? %v by the table; the description says %q", op.OperationID, code.Code, want, may)
				}
			}
			if op.RequestBody != nil && !op.showsBody() {
				t.Errorf("%s has no example of its body, or shows it in the wrong form", op.OperationID)
			}
		}
	}
}

// showsBody: every form of a body has an example; of files only the first, for a table in one form is none in another.
func (op documented) showsBody() bool {
	shown := 0
	for media, content := range op.RequestBody.Content {
		if content.Example != nil {
			shown++
		}
		if text, is := content.Example.(string); is && !strings.HasPrefix(text, map[string]string{"text/csv": "线索来源,", "application/pdf": "%PDF-"}[media]) {
			return false
		}
	}
	_, isFile := firstExample(op.RequestBody.Content).(string)
	return shown == len(op.RequestBody.Content) && !isFile || shown == 1 && isFile
}

func firstExample(content map[string]struct{ Example any }) any {
	for _, c := range content {
		if c.Example != nil {
			return c.Example
		}
	}
	return nil
}

// TestAPI_tags: every operation has one tag, every tag is explained in both languages and used.
func TestAPI_tags(t *testing.T) {
	c, used := servedContract(t), map[string]bool{}
	for path, methods := range c.Paths {
		for method, op := range methods {
			if len(op.Tags) != 1 {
				t.Fatalf("%s %s: tags %v", method, path, op.Tags)
			}
			used[op.Tags[0]] = true
		}
	}
	for _, tag := range c.Tags {
		if !used[tag.Name] || !regexp.MustCompile(`[a-z].*\p{Han}`).MatchString(tag.Description) {
			t.Errorf("tag %s: used %v, %q", tag.Name, used[tag.Name], tag.Description)
		}
		delete(used, tag.Name)
	}
	if len(used) > 0 {
		t.Errorf("tags that the document does not explain: %v", used)
	}
}

// TestAPI_problemsAreShown: every refusal that an operation may answer with shows one, of its own status, in both
// languages.
func TestAPI_problemsAreShown(t *testing.T) {
	for name, response := range servedContract(t).Components.Responses {
		examples := response.Content["application/problem+json"].Examples
		for key, example := range examples {
			p := example.Value
			if "Problem"+strconv.Itoa(p.Status) != name || !strings.HasSuffix(p.Type, "/"+p.Code) || p.Title == "" || p.Detail == "" {
				t.Errorf("%s shows %+v", name, p)
			}
			if code, _, chinese := strings.Cut(key, ".zh-CN"); code != p.Code || chinese != regexp.MustCompile(`\p{Han}`).MatchString(p.Detail) {
				t.Errorf("%s: %s shows %+v", name, key, p)
			}
		}
		if len(examples) < 2 {
			t.Errorf("%s shows %d examples: provoke it in problem_example_test.go", name, len(examples))
		}
	}
}

// letters are the roles as api/README.md writes them.
func letters(roles []string) string {
	if len(roles) == 0 {
		return "everybody"
	}
	var line string
	for _, role := range strings.Fields(`G:grid-worker V:village-mediator M:mediator C:clerk D:director J:judicial-office X:dispatcher I:industry-mediator E:expert
		B:bureau-section L:leader N:liaison R:reader A:county-administrator S:system-administrator Y:security-administrator U:audit-administrator`) {
		if slices.Contains(roles, role[2:]) {
			line += role[:1]
		}
	}
	return line
}

// TestAPI_readme: api/README.md lists every operation: where it is, what it does, who may.
func TestAPI_readme(t *testing.T) {
	text, err := os.ReadFile("../../api/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for path, methods := range servedContract(t).Paths {
		for method, op := range methods {
			address := strings.ToUpper(method) + " " + strings.Replace(path, "/v1/tenants/{tenant}/cases/{case}", "{case}", 1)
			row := "| `" + op.OperationID + "` | `" + address + "` | " + op.Summary + " · " + op.SummaryZH + " | " + letters(op.Roles) + " |"
			if !strings.Contains(string(text), row) {
				t.Errorf("api/README.md lacks %s", row)
			}
		}
	}
}
