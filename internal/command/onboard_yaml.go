package command

import (
	"encoding/json"
	"fmt"
	"strings"
)

// print writes one county: the Namespace first, because a cluster refuses towns before it, then the County, then its
// towns. Every value that someone chose is quoted: an unquoted code is a number in YAML, and no and on are booleans.
func (c *OnboardCommand) print(w *strings.Builder, county county, subjects []apiSubject) {
	fmt.Fprintf(w, "# %s\n", strings.Map(oneLine, county.title))
	printNamespace(w, county.unit.Code)
	c.printCounty(w, county, subjects)
	if c.FromCatalogue {
		return
	}
	for _, town := range county.towns {
		c.printTown(w, county.unit.Code, town)
	}
}

func oneLine(letter rune) rune {
	if isControl(letter) {
		return ' '
	}
	return letter
}

func printNamespace(w *strings.Builder, code string) {
	fmt.Fprintf(w, `---
apiVersion: v1
kind: Namespace
metadata:
  name: %s
  labels:
    tiaojie.dev/county: %s
    pod-security.kubernetes.io/enforce: restricted
`, quoteYAML("county-"+code), quoteYAML(code))
}

func (c *OnboardCommand) printCounty(w *strings.Builder, county county, subjects []apiSubject) {
	source := "Declared"
	if c.FromCatalogue {
		source = "FromCatalogue"
	}
	fmt.Fprintf(w, `---
apiVersion: tiaojie.dev/v1alpha1
kind: County
metadata:
  name: %s
spec:
  displayName: %s
  serverRef:
    name: %s
  townships:
    source: %s
`, quoteYAML(county.unit.Code), quoteYAML(county.unit.Name), quoteYAML(c.Server), source)
	if len(c.AdministratorGroup)+len(subjects) == 0 {
		return
	}
	fmt.Fprintln(w, "  administrators:")
	if len(c.AdministratorGroup) > 0 {
		fmt.Fprintln(w, "    groups:")
	}
	for _, group := range c.AdministratorGroup {
		fmt.Fprintf(w, "      - %s\n", quoteYAML(group))
	}
	if len(subjects) > 0 {
		fmt.Fprintln(w, "    subjects:")
	}
	for _, s := range subjects {
		fmt.Fprintf(w, "      - issuer: %s\n        subject: %s\n", quoteYAML(s.issuer), quoteYAML(s.subject))
	}
}

func (c *OnboardCommand) printTown(w *strings.Builder, county string, town town) {
	mode := c.Mode
	if mode == "" {
		mode = "Dedicated"
	}
	fmt.Fprintf(w, `---
apiVersion: tiaojie.dev/v1alpha1
kind: Township
metadata:
  name: %s
  namespace: %s
spec:
  displayName: %s
  kind: %s
  api:
    mode: %s
`, quoteYAML(town.code), quoteYAML("county-"+county), quoteYAML(town.name), town.kind, mode)
	printNumber(w, "    replicas", c.Replicas)
	if c.OpenCases != nil || c.Connections != nil {
		fmt.Fprintln(w, "  quotas:")
	}
	printNumber(w, "    openCases", c.OpenCases)
	printNumber(w, "    connections", c.Connections)
}

// printNumber leaves out what was not asked for, so that the resource's default applies.
func printNumber(w *strings.Builder, field string, value *int) {
	if value != nil {
		fmt.Fprintf(w, "%s: %d\n", field, *value)
	}
}

// quoteYAML writes a string as JSON does, which YAML reads as the same string whatever it holds.
func quoteYAML(text string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	// A string always encodes: what is not UTF-8 becomes U+FFFD.
	_ = encoder.Encode(text)
	return strings.TrimSuffix(quoted.String(), "\n")
}
