package mediation_test

import (
	"regexp"
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestIntakeCodeLists_complete(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	lists := slices.Concat(mediation.LeadCodeLists(), mediation.AssessmentCodeLists())
	names := map[string]bool{}
	for _, list := range slices.Concat(mediation.CodeLists(), lists) {
		names[list.Name] = true
	}
	for _, list := range lists {
		if !kebab.MatchString(list.Name) || list.TitleZH == "" || list.TitleEN == "" || len(list.Codes) == 0 {
			t.Errorf("%s: a list has a name, titles and codes", list.Name)
		}
		seen := map[string]bool{}
		for _, c := range list.Codes {
			if !kebab.MatchString(c.Code) || seen[c.Code] || c.ZH == "" || c.EN == "" || (c.Note == "") != (c.NoteZH == "") {
				t.Errorf("%s/%s: a code stands once, with both words", list.Name, c.Code)
			}
			seen[c.Code] = true
		}
	}
	if want := len(lists); len(names) < want {
		t.Errorf("%d lists share a name", want-len(names))
	}
	mediation.LeadCodeLists()[0].Codes[0].ZH = "x"
	if mediation.LeadCodeLists()[0].Codes[0].ZH == "x" {
		t.Error("a reader changed the room's own list")
	}
}
