package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/httpapi"
)

// contract is what the document says that clients build on.
type contract struct {
	Paths map[string]map[string]struct {
		OperationID string
		Action      string `json:"x-action"`
		Description string
		Summary     string
		SummaryZH   string   `json:"x-summary-zh"`
		Roles       []string `json:"x-required-roles"`
		Parameters  []struct {
			In, Name string
			Required bool
		}
		Responses   map[string]any
		RequestBody *struct {
			Content map[string]struct{ Example any }
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any
			Required   []string
		}
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

// TestAPI_everyOperationIsDocumented: words in both languages, and an example of every body.
func TestAPI_everyOperationIsDocumented(t *testing.T) {
	for path, methods := range servedContract(t).Paths {
		for method, op := range methods {
			if op.Description == "" || op.SummaryZH == "" {
				t.Errorf("%s %s has no description, or no summary in Chinese", method, path)
			}
			if op.RequestBody == nil {
				continue
			}
			for _, content := range op.RequestBody.Content {
				if content.Example == nil {
					t.Errorf("%s has no example of its body", op.OperationID)
				}
			}
		}
	}
}

// letters are the roles as api/README.md writes them.
func letters(roles []string) string {
	if len(roles) == 0 {
		return "everybody"
	}
	var line string
	for _, role := range []string{"county-administrator", "director", "clerk", "mediator", "reader", "grid-worker"} {
		if slices.Contains(roles, role) {
			line += map[string]string{"county-administrator": "A", "director": "D", "clerk": "C", "mediator": "M", "reader": "R", "grid-worker": "G"}[role]
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
