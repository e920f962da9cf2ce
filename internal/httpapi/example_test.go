package httpapi

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// shower puts a body together as the documentation page does: out of the examples of its fields.
type shower struct {
	schemas huma.Registry
	bare    map[string]bool // texts that would be shown as "string" or as the page's own invention
	within  []string        // the schemas that are being put together
}

// show is the example of a schema; at is where it stands.
func (s *shower) show(schema *huma.Schema, at string) any {
	if schema.Ref != "" {
		if slices.Contains(s.within, schema.Ref) {
			return nil
		}
		s.within = append(s.within, schema.Ref)
		defer func() { s.within = s.within[:len(s.within)-1] }()
		return s.show(s.schemas.SchemaFromRef(schema.Ref), schema.Ref[strings.LastIndex(schema.Ref, "/")+1:])
	}
	if len(schema.Examples) > 0 {
		return schema.Examples[0]
	}
	switch schema.Type {
	case huma.TypeObject:
		shown := map[string]any{}
		for name, property := range schema.Properties {
			shown[name] = s.show(property, at+"."+name)
		}
		if free, is := schema.AdditionalProperties.(*huma.Schema); is {
			shown["additional"] = s.show(free, at+".*")
		}
		return shown
	case huma.TypeArray:
		return []any{s.show(schema.Items, at+"[]")}
	case huma.TypeString:
		if len(schema.Enum) > 0 {
			return schema.Enum[0]
		}
		s.bare[at] = true
		return "string"
	case huma.TypeInteger, huma.TypeNumber:
		if schema.Minimum != nil {
			return *schema.Minimum
		}
		return 0
	case huma.TypeBoolean:
		return true
	}
	return nil
}

// fits tells what of the value, once it is JSON, breaks its schema.
func fits(schemas huma.Registry, schema *huma.Schema, value any) []error {
	text, err := json.Marshal(value)
	if err != nil {
		return []error{err}
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return []error{err}
	}
	result := &huma.ValidateResult{}
	huma.Validate(schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeWriteToServer, plain, result)
	return result.Errors
}

// described is the document's model of a whole API.
func described(t *testing.T) *huma.OpenAPI {
	t.Helper()
	api, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return api.huma.OpenAPI()
}

// TestExamples_everyTextHasOne: whatever the page puts together from a request or an answer is words that somebody
// wrote, and what its own schema allows.
func TestExamples_everyTextHasOne(t *testing.T) {
	api := described(t)
	s := &shower{schemas: api.Components.Schemas, bare: map[string]bool{}}
	bodies := 0
	for path, item := range api.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for where, content := range jsonBodies(op) {
				bodies++
				if faults := fits(s.schemas, content.Schema, s.show(content.Schema, path+" "+where)); len(faults) > 0 {
					t.Errorf("%s, %s: what the fields show together breaks the schema: %v", op.OperationID, where, faults)
				}
				if content.Example == nil {
					continue
				}
				if faults := fits(s.schemas, content.Schema, content.Example); len(faults) > 0 {
					t.Errorf("%s, %s: the example breaks the schema: %v", op.OperationID, where, faults)
				}
			}
		}
	}
	for at := range s.bare {
		t.Errorf(`%s would be shown as "string": give it an example`, at)
	}
	t.Logf("%d bodies of %d schemas", bodies, len(s.schemas.Map()))
}

// jsonBodies are what an operation takes and what it answers when all is well.
func jsonBodies(op *huma.Operation) map[string]*huma.MediaType {
	bodies := map[string]*huma.MediaType{}
	take := func(where string, content map[string]*huma.MediaType) {
		for media, one := range content {
			if strings.HasSuffix(media, "json") {
				bodies[where] = one
			}
		}
	}
	if op.RequestBody != nil {
		take("request", op.RequestBody.Content)
	}
	for status, response := range op.Responses {
		if strings.HasPrefix(status, "2") {
			take(status, response.Content)
		}
	}
	return bodies
}

// TestExamples_paths: every address can be tried as it is shown.
func TestExamples_paths(t *testing.T) {
	for path, item := range described(t).Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				if p.In == "path" && p.Example == nil && len(p.Schema.Examples)+len(p.Schema.Enum) == 0 {
					t.Errorf("%s %s: the parameter %s has no example", op.Method, path, p.Name)
				}
			}
		}
	}
}

// TestExamples_areMasked: an answer shows a person as the API does, a request as the caller sends it.
func TestExamples_areMasked(t *testing.T) {
	s := &shower{schemas: described(t).Components.Schemas, bare: map[string]bool{}}
	shown := func(name string) map[string]any {
		return s.show(&huma.Schema{Ref: "#/components/schemas/" + name}, name).(map[string]any)
	}
	for _, name := range []string{"PartyInput", "LeadPartyInput", "RegisteredMediatorInput"} {
		number := shown(name)["identityNumber"].(string)
		if strings.Contains(number, "*") {
			t.Errorf("%s: %s", name, number)
		}
		view := strings.TrimSuffix(name, "Input") + "View"
		if got := shown(view)["identityNumber"]; got != mediation.MaskIdentity(number) {
			t.Errorf("%s shows %v", view, got)
		}
		if got := shown(view)["phone"].(string); !strings.Contains(got, "****") {
			t.Errorf("%s shows %v", view, got)
		}
	}
	if values := shown("DisclosureView")["values"].(map[string]any); strings.Contains(values["phone"].(string), "*") {
		t.Errorf("what a look shows is plain: %v", values)
	}
}
