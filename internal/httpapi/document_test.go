package httpapi_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// bare is an API without a backend: enough for its document and page.
func bare(t *testing.T) *httptest.Server {
	t.Helper()
	api, err := httpapi.New(httpapi.Config{Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return server
}

func fetch(t *testing.T, url string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

func TestDocument_isTheCommittedOne(t *testing.T) {
	api, err := httpapi.New(httpapi.Config{Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("../../api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != string(api.Document()) {
		t.Fatal("api/openapi.yaml is not what the code says; run: go run . api --print-openapi > api/openapi.yaml")
	}
}

func TestDocument_isTheSameEveryTime(t *testing.T) {
	var first string
	for range 5 {
		api, err := httpapi.New(httpapi.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(api.Document())
		}
		if string(api.Document()) != first {
			t.Fatal("two starts make two documents: instances could not be compared")
		}
	}
}

// TestDocument_operations holds every operation to what clients may expect of each.
func TestDocument_operations(t *testing.T) {
	text := fetch(t, bare(t).URL+"/openapi.json").body
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Summary     string                     `json:"summary"`
			SummaryZH   string                     `json:"x-summary-zh"`
			Description string                     `json:"description"`
			Action      string                     `json:"x-action"`
			Roles       []string                   `json:"x-required-roles"`
			Tags        []string                   `json:"tags"`
			Responses   map[string]json.RawMessage `json:"responses"`
			Parameters  []struct{ Name, In string }
		}
		Components struct {
			Schemas map[string]struct {
				AdditionalProperties any `json:"additionalProperties"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	if document.OpenAPI != "3.1.0" {
		t.Error(document.OpenAPI)
	}
	seen, actions := map[string]bool{}, map[string]bool{}
	for path, methods := range document.Paths {
		for method, op := range methods {
			name := method + " " + path
			if !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(op.OperationID) || seen[op.OperationID] {
				t.Errorf("%s: operationId %q", name, op.OperationID)
			}
			seen[op.OperationID], actions[op.Action] = true, true
			if op.Summary == "" || op.SummaryZH == "" || op.Description == "" || len(op.Tags) != 1 || op.Roles == nil {
				t.Errorf("%s: incompletely described", name)
			}
			if !slices.Equal(op.Roles, roleNames(mediation.Action(op.Action).Roles())) {
				t.Errorf("%s: roles %v are not those of %s", name, op.Roles, op.Action)
			}
			for _, status := range []string{"400", "401", "403", "422", "500", "503"} {
				if op.Responses[status] == nil {
					t.Errorf("%s: %s is not documented", name, status)
				}
			}
			has := func(parameter string) bool {
				return slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.Name == parameter })
			}
			if write := method != "get"; write != has("Idempotency-Key") {
				t.Errorf("%s: Idempotency-Key documented: %v", name, has("Idempotency-Key"))
			}
			if (op.Responses["428"] != nil) && !has("If-Match") {
				t.Errorf("%s: 428 without If-Match", name)
			}
			for _, parameter := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				if !has(parameter[1]) {
					t.Errorf("%s: path parameter %s is not documented", name, parameter[1])
				}
			}
		}
	}
	// Seeing unmasked, or what others reported, is part of reading; taking a case or a lead in is the other half of that
	// case's merge, of that lead's joining. A town's keys are destroyed with the operator's rights, by a command.
	parts := []mediation.Action{
		mediation.ActionCaseNames, mediation.ActionCaseAbsorb, mediation.ActionCaseTakeLead, mediation.ActionLeadNames, mediation.ActionLeadAll,
		mediation.ActionMediatorNames, mediation.ActionTenantShred,
	}
	for _, action := range mediation.Actions() {
		if !slices.Contains(parts, action) && !actions[string(action)] {
			t.Errorf("the permission table has %s, which no operation does", action)
		}
	}
	for name, schema := range document.Components.Schemas {
		strict := schema.AdditionalProperties == false
		asked := strings.HasSuffix(name, "Input") || strings.HasSuffix(name, "Patch")
		if strict != asked {
			t.Errorf("schema %s: strict %v; requests are strict, answers may gain members", name, strict)
		}
	}
	if strings.Contains(text, "ErrorModel") {
		t.Error("the library's own error model is documented")
	}
}

func roleNames(roles []mediation.Role) []string {
	names := []string{}
	for _, role := range roles {
		names = append(names, string(role))
	}
	return names
}

// TestDocs_asksNobodyElse: the page must work on an island network and tell nobody that it was opened.
func TestDocs_asksNobodyElse(t *testing.T) {
	server := bare(t)
	page := fetch(t, server.URL+"/docs")
	html := page.body
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "http") || strings.Contains(policy, "script-src 'self' 'unsafe") {
		t.Errorf("policy %q", policy)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(links) < 4 {
		t.Fatalf("links %v", links)
	}
	outside := regexp.MustCompile(`(?i)https?://|//[a-z]|@import`)
	if outside.MatchString(html) {
		t.Errorf("the page names another host:\n%s", html)
	}
	for _, link := range links {
		if strings.HasPrefix(link[1], "#/") {
			continue // a part of the document, which TestDocs_parts opens
		}
		got := fetch(t, server.URL+link[1], "Accept-Encoding", "gzip")
		text := got.body
		if got.status != http.StatusOK {
			t.Errorf("%s: %d", link[1], got.status)
		}
		if got.header.Get("Content-Encoding") == "gzip" {
			unpacked, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(unpacked)
			if err != nil {
				t.Fatal(err)
			}
			text = string(plain)
		}
		switch {
		case strings.HasSuffix(link[1], "start.js"):
			if outside.MatchString(text) || !strings.Contains(text, "validatorUrl: null") {
				t.Errorf("the configuration names another host or leaves the validator on:\n%s", text)
			}
		case strings.HasSuffix(link[1], ".css"):
			if regexp.MustCompile(`(?i)url\(["']?https?://|@import`).MatchString(text) {
				t.Error("the style sheet loads from elsewhere")
			}
		}
	}
}

// TestDocs_parts: the page links to every tag; each part has the operations of its tag, whole, and all of them together
// are the document.
func TestDocs_parts(t *testing.T) {
	server := bare(t)
	html, whole := fetch(t, server.URL+"/docs").body, servedContract(t)
	operations := 0
	for _, tag := range whole.Tags {
		if !strings.Contains(html, `href="#/`+tag.Name+`"`) {
			t.Errorf("the page has no link to %s", tag.Name)
		}
		text := fetch(t, server.URL+"/docs/part/"+tag.Name+".json").body
		var part contract
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			t.Fatalf("%s: %v", tag.Name, err)
		}
		for path, methods := range part.Paths {
			for method, op := range methods {
				operations++
				if !slices.Equal(op.Tags, []string{tag.Name}) || !reflect.DeepEqual(op, whole.Paths[path][method]) {
					t.Errorf("%s of the part %s is not that of the document", op.OperationID, tag.Name)
				}
			}
		}
		for _, ref := range regexp.MustCompile(`"#/components/(schemas|responses)/([^"]+)"`).FindAllStringSubmatch(text, -1) {
			_, isSchema := part.Components.Schemas[ref[2]]
			_, isResponse := part.Components.Responses[ref[2]]
			if !isSchema && !isResponse {
				t.Errorf("the part %s refers to %s and lacks it", tag.Name, ref[2])
			}
		}
		if len(part.Components.Schemas) == len(whole.Components.Schemas) || !strings.Contains(text, `"securitySchemes"`) {
			t.Errorf("the part %s has every schema, or nobody can sign in to it", tag.Name)
		}
	}
	all := 0
	for _, methods := range whole.Paths {
		all += len(methods)
	}
	if operations != all {
		t.Errorf("the parts have %d operations, the document %d", operations, all)
	}
	fetch(t, server.URL+"/docs/part/nothing.json").problem(t, http.StatusNotFound, "no-such-address")
}

func TestDocs_areCached(t *testing.T) {
	server := bare(t)
	for _, path := range []string{"/openapi.json", "/openapi.yaml", "/docs", "/docs/part/cases.json"} {
		first := fetch(t, server.URL+path)
		if first.status != http.StatusOK || first.body == "" || first.header.Get("ETag") == "" {
			t.Fatalf("%s: %d %v", path, first.status, first.header)
		}
		second := fetch(t, server.URL+path, "If-None-Match", first.header.Get("ETag"))
		if second.status != http.StatusNotModified || second.body != "" {
			t.Errorf("%s: %d", path, second.status)
		}
	}
}
