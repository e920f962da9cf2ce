package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// print writes one county: the Namespace first, because a cluster refuses towns before it, then the County, then its
// towns. Every value that someone chose is quoted: an unquoted code is a number in YAML, and no and on are booleans.
func (c *OnboardCommand) print(w io.Writer, county county, subjects []subject) {
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

func printNamespace(w io.Writer, code string) {
	fmt.Fprintf(w, `---
apiVersion: v1
kind: Namespace
metadata:
  name: %s
  labels:
    tiaojie.dev/county: %s
    pod-security.kubernetes.io/enforce: restricted
`, quote("county-"+code), quote(code))
}

func (c *OnboardCommand) printCounty(w io.Writer, county county, subjects []subject) {
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
`, quote(county.unit.Code), quote(county.unit.Name), quote(c.Server), source)
	if len(c.AdministratorGroup)+len(subjects) == 0 {
		return
	}
	fmt.Fprintln(w, "  administrators:")
	if len(c.AdministratorGroup) > 0 {
		fmt.Fprintln(w, "    groups:")
	}
	for _, group := range c.AdministratorGroup {
		fmt.Fprintf(w, "      - %s\n", quote(group))
	}
	if len(subjects) > 0 {
		fmt.Fprintln(w, "    subjects:")
	}
	for _, s := range subjects {
		fmt.Fprintf(w, "      - issuer: %s\n        subject: %s\n", quote(s.issuer), quote(s.subject))
	}
}

func (c *OnboardCommand) printTown(w io.Writer, county string, town town) {
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
`, quote(town.code), quote("county-"+county), quote(town.name), town.kind, mode)
	if c.Replicas > 0 {
		fmt.Fprintf(w, "    replicas: %d\n", c.Replicas)
	}
	if c.OpenCases+c.Connections > 0 {
		fmt.Fprintln(w, "  quotas:")
	}
	if c.OpenCases > 0 {
		fmt.Fprintf(w, "    openCases: %d\n", c.OpenCases)
	}
	if c.Connections > 0 {
		fmt.Fprintf(w, "    connections: %d\n", c.Connections)
	}
}

// quote writes a string as JSON does, which YAML reads as the same string whatever it holds.
func quote(text string) string {
	var quoted strings.Builder
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	// A string always encodes: what is not UTF-8 becomes U+FFFD.
	_ = encoder.Encode(text)
	return strings.TrimSuffix(quoted.String(), "\n")
}
