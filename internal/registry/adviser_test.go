package registry_test

import (
	"testing"

	"tiaojie.dev/tiaojie/internal/registry"
)

func adviser() registry.AdviserContent {
	return registry.AdviserContent{
		Name: "钱律师", Licence: "13716201810000001", Firm: "山东示例律师事务所", Villages: []string{village, "371621101202"},
		ContractFrom: "2026-01-01", ContractTo: "2026-12-31",
	}
}

func TestRegisterAdviser(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*registry.AdviserContent)
		want   []string
	}{
		"the standard one":  {"sound", func(*registry.AdviserContent) {}, nil},
		"no licence":        {"an adviser is licensed", func(a *registry.AdviserContent) { a.Licence = "" }, []string{"/licence required"}},
		"no village":        {"advises somebody", func(a *registry.AdviserContent) { a.Villages = nil }, []string{"/villages required"}},
		"a town":            {"villages have twelve digits", func(a *registry.AdviserContent) { a.Villages = []string{town} }, []string{"/villages/0 invalid-division-code"}},
		"without end":       {"a contract has both days", func(a *registry.AdviserContent) { a.ContractTo = "" }, []string{"/contractTo required"}},
		"ends before begin": {"days run forward", func(a *registry.AdviserContent) { a.ContractTo = "2025-12-31" }, []string{"/contractTo before-the-first-day"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			content := adviser()
			tc.change(&content)
			a, entry, err := registry.RegisterAdviser(content, town, act())
			sameProblems(t, err, tc.want...)
			if err == nil {
				sound(t, entry, 1)
				if a.Status != registry.AdviserActive {
					t.Error("a new adviser serves")
				}
			}
		})
	}
}

func TestLegalAdviser_life(t *testing.T) {
	a, _, err := registry.RegisterAdviser(adviser(), town, act())
	if err != nil {
		t.Fatal(err)
	}
	content := adviser()
	content.Phone = "13811112222"
	a, entry, err := a.Change(content, "", act())
	if err != nil || len(entry.Changes) != 1 {
		t.Fatal(err, entry)
	}
	if same, _, err := a.Change(content, "", act()); err != nil || same.Version != a.Version {
		t.Error("nothing new is nothing written")
	}
	_, _, err = a.Change(registry.AdviserContent{}, "", act())
	wantCode(t, err, registry.Invalid, "invalid-legal-adviser")
	_, _, err = a.End("", act())
	wantCode(t, err, registry.Invalid, "reason-required")
	a, _, err = a.End("转所", act())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = a.Change(content, "", act())
	wantCode(t, err, registry.Conflict, "adviser-status")
	_, _, err = a.End("again", act())
	wantCode(t, err, registry.Conflict, "adviser-status")
}

func TestAdvisersOf(t *testing.T) {
	one := func(id registry.ID, to string, status registry.AdviserStatus) registry.LegalAdviser {
		content := adviser()
		content.ContractTo = to
		return registry.LegalAdviser{ID: id, Status: status, AdviserContent: content}
	}
	all := []registry.LegalAdviser{
		one("b", "2026-12-31", registry.AdviserActive), one("a", "2026-12-31", registry.AdviserActive),
		one("long", "2027-12-31", registry.AdviserActive), one("over", "2026-11-22", registry.AdviserActive),
		one("ended", "2027-12-31", registry.AdviserEnded),
	}
	var got string
	for _, a := range registry.AdvisersOf(village, today, all) {
		got += string(a.ID) + " "
	}
	if got != "long a b " {
		t.Errorf("the longest contract first, then by id, nobody whose contract is over: %s", got)
	}
	if len(registry.AdvisersOf("371621101299", today, all)) != 0 {
		t.Error("a village without adviser has none")
	}
}
