package httpapi_test

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestReadme_examplesWork runs the first shell block of api/README.md, line by line as a reader would paste it, against
// a real instance.
func TestReadme_examplesWork(t *testing.T) {
	text, err := os.ReadFile("../../api/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "```sh\n")
	block, _, closed := strings.Cut(block, "\n```")
	if !found || !closed || strings.Count(block, "api ") < 7 {
		t.Fatalf("the block of examples has moved:\n%s", block)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is missing: run  apt-get install curl")
	}
	w := newWorld(t)
	w.hire(w.here.Code, "director", "reader")
	script := strings.NewReplacer("371621101", w.town, "counties/371621/", "counties/"+w.here.Code+"/").Replace(block)
	script = regexp.MustCompile(`(?m)^URL=.*$`).ReplaceAllLiteralString(script, "URL="+w.shared.URL)
	script = regexp.MustCompile(`(?m)^TOKEN=.*$`).ReplaceAllLiteralString(script, "TOKEN="+w.token("director"))
	script = regexp.MustCompile(`(?m)^CASE=.*$`).ReplaceAllLiteralString(script, `CASE=$(api $URL`+w.cases()+` | sed 's/.*"id":"\([^"]*\)","tenant".*/\1/')`)
	script = strings.Replace(script, "api() { curl -sS", "api() { curl --fail-with-body -sS", 1)
	out, err := exec.CommandContext(t.Context(), "bash", "-euc", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	for _, want := range []string{"HTTP/1.1 201 Created", `"number":`, `"amount":300000`, "张*"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the examples' output lacks %s:\n%s", want, out)
		}
	}
	final := w.send(w.dedicated, request{method: "GET", path: w.cases(), as: "director"}).want(t, http.StatusOK)
	if !strings.Contains(final.body, `"version":3`) {
		t.Errorf("%s", final.body)
	}
}
