package registry_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"tiaojie.dev/tiaojie/internal/registry"
)

func TestCodeLists_complete(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	names := map[string]bool{}
	for _, list := range registry.CodeLists() {
		if !kebab.MatchString(list.Name) || names[list.Name] || list.TitleZH == "" || list.TitleEN == "" || len(list.Codes) == 0 {
			t.Errorf("%s: a list has a name of its own, titles and codes", list.Name)
		}
		names[list.Name] = true
		seen := map[string]bool{}
		for _, c := range list.Codes {
			if !kebab.MatchString(c.Code) || seen[c.Code] || c.ZH == "" || c.EN == "" {
				t.Errorf("%s/%s: a code stands once, with both words", list.Name, c.Code)
			}
			seen[c.Code] = true
		}
	}
}

func TestCodeLists_areCopies(t *testing.T) {
	registry.CodeLists()[0].Codes[0].ZH = "x"
	if registry.CodeLists()[0].Codes[0].ZH == "x" {
		t.Error("a reader changed the room's own list")
	}
}

func TestError(t *testing.T) {
	_, _, err := registry.RegisterOrganisation(registry.OrganisationContent{}, town, act())
	wrapped := fmt.Errorf("registering: %w", err)
	if registry.KindOf(wrapped) != registry.Invalid || registry.CodeOf(wrapped) != "invalid-organisation" {
		t.Errorf("the kind is found below other words: %v", wrapped)
	}
	if registry.KindOf(errors.New("x")) != "" || registry.CodeOf(nil) != "" {
		t.Error("what is not ours has no kind")
	}
	for _, kind := range registry.Kinds() {
		if kind == "" {
			t.Error("a kind has a name")
		}
	}
}

func TestEntry_Check(t *testing.T) {
	_, good, err := registry.RegisterOrganisation(committee(), town, act())
	if err != nil || good.Check() != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*registry.Entry){
		"no actor":   func(e *registry.Entry) { e.By.Subject = "" },
		"no object":  func(e *registry.Entry) { e.Object = "" },
		"no verb":    func(e *registry.Entry) { e.Verb = "" },
		"no version": func(e *registry.Entry) { e.Version = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			spoil(&bad)
			wantCode(t, bad.Check(), registry.Invalid, "history-entry")
		})
	}
}
