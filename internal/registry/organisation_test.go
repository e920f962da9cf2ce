package registry_test

import (
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/registry"
)

func TestRegisterOrganisation(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*registry.OrganisationContent)
		want   []string
	}{
		"a town's committee":           {"the standard one is sound", func(*registry.OrganisationContent) {}, nil},
		"no kind":                      {"the report counts by kind", func(o *registry.OrganisationContent) { o.Kind = "" }, []string{"/kind required"}},
		"a kind of its own":            {"the list is closed", func(o *registry.OrganisationContent) { o.Kind = "club" }, []string{"/kind unknown-code"}},
		"no name":                      {"it is called by its name", func(o *registry.OrganisationContent) { o.Name = "  " }, []string{"/name required"}},
		"a long name":                  {"names have a limit", func(o *registry.OrganisationContent) { o.Name = strings.Repeat("名", 101) }, []string{"/name too-long"}},
		"a rare character":             {"䶮 and 𠮷 are names like others", func(o *registry.OrganisationContent) { o.Name = "𠮷䶮镇人民调解委员会" }, nil},
		"a name that is no text":       {"bytes are not text", func(o *registry.OrganisationContent) { o.Name = "\xff" }, []string{"/name not-utf8"}},
		"a bell in the hours":          {"texts are clean", func(o *registry.OrganisationContent) { o.Hours = "8\a" }, []string{"/hours control-character"}},
		"a town with a village's code": {"a town has nine digits", func(o *registry.OrganisationContent) { o.DivisionCode = village }, []string{"/divisionCode invalid-division-code"}},
		"a village with a town's code": {"a village has twelve", func(o *registry.OrganisationContent) { o.Kind = registry.VillageCommittee }, []string{"/divisionCode invalid-division-code"}},
		"a county":                     {"a county has six", func(o *registry.OrganisationContent) { o.Kind, o.DivisionCode = registry.CountyCommittee, "371621" }, nil},
		"an industry of the county":    {"industry committees stand anywhere", func(o *registry.OrganisationContent) { o.Kind, o.DivisionCode = registry.IndustryCommittee, "371621" }, nil},
		"serves a typing error":        {"areas are codes", func(o *registry.OrganisationContent) { o.Serves = []string{"3716", town} }, []string{"/serves/0 invalid-division-code"}},
		"serves the same twice":        {"each once", func(o *registry.OrganisationContent) { o.Serves = []string{town, town} }, []string{"/serves/1 duplicate"}},
		"serves too much":              {"lists have limits", func(o *registry.OrganisationContent) { o.Serves = make([]string, 51) }, append(manyCodes(51), "/serves too-many")},
		"set up tomorrow":              {"it exists when it is written down", func(o *registry.OrganisationContent) { o.EstablishedOn = "2026-11-24" }, []string{"/establishedOn in-the-future"}},
		"set up on 30 February":        {"days are real", func(o *registry.OrganisationContent) { o.EstablishedOn = "2020-02-30" }, []string{"/establishedOn invalid-date"}},
		"a term that ends first":       {"a term runs forward", func(o *registry.OrganisationContent) { o.TermTo = "2024-01-01" }, []string{"/termTo before-the-first-day"}},
		"a nameless seat":              {"members have names", func(o *registry.OrganisationContent) { o.Seats[1].Name = "" }, []string{"/seats/1/name required"}},
		"an office of its own":         {"offices are listed", func(o *registry.OrganisationContent) { o.Seats[1].Office = "king" }, []string{"/seats/1/office unknown-code"}},
		"two directors":                {"L8: one director", func(o *registry.OrganisationContent) { o.Seats[1].Office = registry.Director }, []string{"/seats one-director"}},
		"one person on two seats":      {"a person sits once", func(o *registry.OrganisationContent) { o.Seats[1].Mediator = "m-1" }, []string{"/seats/1/mediator duplicate"}},
		"fifty-one seats":              {"lists have limits", func(o *registry.OrganisationContent) { o.Seats = make([]registry.Seat, 51) }, []string{"/seats too-many"}},
		"a studio with members":        {"only committees have members", func(o *registry.OrganisationContent) { o.Kind = registry.Studio }, []string{"/seats committees-only"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			content := committee()
			tc.change(&content)
			o, entry, err := registry.RegisterOrganisation(content, town, act())
			sameProblems(t, err, tc.want...)
			if err == nil {
				sound(t, entry, 1)
				if o.Status != registry.OrganisationActive || o.Tenant != town || o.ID != entry.Object {
					t.Errorf("a new organisation is active in its tenant: %+v", o)
				}
			}
		})
	}
}

func manyCodes(n int) []string {
	var all []string
	for i := range n {
		all = append(all, "/serves/"+itoa(i)+" invalid-division-code")
	}
	return all
}

func TestOrganisation_life(t *testing.T) {
	o := organisation(t, "o-1", nil)
	content := o.OrganisationContent
	content.Phone = "0543-5321111"
	o, entry, err := o.Change(content, "换号", act())
	if err != nil {
		t.Fatal(err)
	}
	sound(t, entry, 2)
	if len(entry.Changes) != 1 || entry.Changes[0].Field != "/phone" || entry.Changes[0].Before != `"0543-5320000"` {
		t.Errorf("the history names the field and both values: %+v", entry.Changes)
	}
	same, entry, err := o.Change(content, "", act())
	if err != nil || same.Version != o.Version || entry.Verb != "" {
		t.Errorf("nothing differs, so nothing is written: %v %+v", err, entry)
	}
	o, entry, err = o.Suspend("整改", act())
	if err != nil || o.Status != registry.OrganisationSuspended {
		t.Fatal(err)
	}
	sound(t, entry, 3)
	_, _, err = o.Suspend("再次", act())
	wantCode(t, err, registry.Conflict, "organisation-status")
	_, _, err = o.Resume("", act())
	wantCode(t, err, registry.Invalid, "reason-required")
	o, _, err = o.Resume("整改完成", act())
	if err != nil {
		t.Fatal(err)
	}
	o, _, err = o.Dissolve("撤村并居", act())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = o.Change(content, "", act())
	wantCode(t, err, registry.Conflict, "organisation-status")
	_, _, err = o.Resume("后悔", act())
	wantCode(t, err, registry.Conflict, "organisation-status")
}

func TestOrganisation_Gaps(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*registry.OrganisationContent)
		want   []string
	}{
		"complete":         {"three members, a director, a woman", func(*registry.OrganisationContent) {}, nil},
		"two members":      {"L8: three to nine", func(o *registry.OrganisationContent) { o.Seats = o.Seats[:2] }, []string{"/seats three-to-nine"}},
		"ten members":      {"L8: three to nine", func(o *registry.OrganisationContent) { o.Seats = append(o.Seats, more(7)...) }, []string{"/seats three-to-nine"}},
		"nobody leads":     {"L8: a director", func(o *registry.OrganisationContent) { o.Seats[0].Office = registry.Deputy }, []string{"/seats director-required"}},
		"men only":         {"L8: women are among them", func(o *registry.OrganisationContent) { o.Seats[1].Woman = false }, []string{"/seats woman-required"}},
		"when?":            {"a filing says since when", func(o *registry.OrganisationContent) { o.EstablishedOn = "" }, []string{"/establishedOn required-for-filing"}},
		"a studio is free": {"L8 is about committees", func(o *registry.OrganisationContent) { o.Kind, o.Seats = registry.Studio, nil }, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			o := organisation(t, "o-1", tc.change)
			if got := described(o.Gaps()); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			_, _, err := o.SubmitFiling(registry.FilingNew, "", act())
			if len(tc.want) == 0 != (err == nil) {
				t.Errorf("filing waits for the gaps, and for nothing else: %v", err)
			}
			if err != nil {
				wantCode(t, err, registry.Conflict, "not-ready-for-filing")
				sameProblems(t, err, tc.want...)
			}
		})
	}
}

func more(n int) []registry.Seat {
	seats := make([]registry.Seat, n)
	for i := range seats {
		seats[i] = registry.Seat{Name: "委员" + itoa(i), Office: registry.Member}
	}
	return seats
}

func TestOrganisation_Warnings(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*registry.OrganisationContent)
		want   []string
	}{
		"as it should be":        {"nothing is odd", func(*registry.OrganisationContent) {}, nil},
		"an odd name":            {"local names exist, so it is allowed", func(o *registry.OrganisationContent) { o.Name = "石庙镇调解中心" }, []string{"/name unusual-name"}},
		"an old term":            {"committees are elected anew", func(o *registry.OrganisationContent) { o.TermTo = "2026-11-22" }, []string{"/termTo term-over"}},
		"the last day of a term": {"the last day still counts", func(o *registry.OrganisationContent) { o.TermTo = today }, nil},
		"the court was not told": {"L10", func(o *registry.OrganisationContent) { o.CourtToldOn = "" }, []string{"/courtToldOn court-not-told"}},
		"a studio by its person": {"named for its mediator", func(o *registry.OrganisationContent) {
			o.Kind, o.Seats, o.Name = registry.Studio, nil, "老孙调解工作室"
		}, nil},
		"a judicial office": {"named by the rule", func(o *registry.OrganisationContent) {
			o.Kind, o.Seats, o.Name = registry.JudicialOffice, nil, "石庙镇司法所"
		}, nil},
		"an office with odd name": {"a judicial office ends so", func(o *registry.OrganisationContent) {
			o.Kind, o.Seats, o.Name = registry.JudicialOffice, nil, "石庙镇司法站"
		}, []string{"/name unusual-name"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			o := organisation(t, "o-1", tc.change)
			if got := described(o.Warnings(today)); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestOrganisation_filing(t *testing.T) {
	o := organisation(t, "o-1", nil)
	_, _, err := o.SubmitFiling(registry.FilingChange, "", act())
	wantCode(t, err, registry.Conflict, "not-filed")
	_, _, err = o.DecideFiling(registry.FilingDecision{Accepted: true, Number: "1"}, act())
	wantCode(t, err, registry.Conflict, "no-filing-pending")
	_, _, err = o.SubmitFiling("gossip", "", act())
	sameProblems(t, err, "/kind unknown-code")

	submitted, entry, err := o.SubmitFiling(registry.FilingNew, "首次备案", act())
	if err != nil || registry.Filed(submitted.Filings) || submitted.Filings[0].SubmittedOn != today {
		t.Fatalf("submitted is not filed: %v %+v", err, submitted.Filings)
	}
	sound(t, entry, 2)
	_, _, err = submitted.SubmitFiling(registry.FilingNew, "", act())
	wantCode(t, err, registry.Conflict, "filing-pending")
	_, _, err = submitted.DecideFiling(registry.FilingDecision{Accepted: true}, act())
	sameProblems(t, err, "/number required")
	_, _, err = submitted.DecideFiling(registry.FilingDecision{}, act())
	sameProblems(t, err, "/reason required")
	early := act()
	early.At = noon.AddDate(0, 0, -1)
	_, _, err = submitted.DecideFiling(registry.FilingDecision{Accepted: true, Number: "1"}, early)
	sameProblems(t, err, "/decidedOn before-it-was-submitted")

	returned, _, err := submitted.DecideFiling(registry.FilingDecision{Reason: "缺少印章"}, act())
	if err != nil || registry.Filed(returned.Filings) || submitted.Filings[0].State != registry.FilingSubmitted {
		t.Fatalf("a return files nothing and leaves the earlier copy alone: %v", err)
	}
	again, _, err := returned.SubmitFiling(registry.FilingNew, "补正", act())
	if err != nil {
		t.Fatal(err)
	}
	filed, entry, err := again.DecideFiling(registry.FilingDecision{Accepted: true, Number: "惠司备2026-1"}, act())
	if err != nil || !registry.Filed(filed.Filings) || filed.Filings[1].Number != "惠司备2026-1" {
		t.Fatalf("%v %+v", err, filed.Filings)
	}
	if entry.Changes[0].After != "filed" {
		t.Errorf("the history holds the answer: %+v", entry.Changes)
	}
	_, _, err = filed.SubmitFiling(registry.FilingNew, "", act())
	wantCode(t, err, registry.Conflict, "already-filed")

	dissolved, _, err := filed.Dissolve("撤销", act())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = dissolved.SubmitFiling(registry.FilingChange, "", act())
	wantCode(t, err, registry.Conflict, "organisation-status")
	cancelled, _, err := dissolved.SubmitFiling(registry.FilingCancel, "", act())
	if err != nil {
		t.Fatalf("a dissolved organisation is taken off the file: %v", err)
	}
	cancelled, _, err = cancelled.DecideFiling(registry.FilingDecision{Accepted: true}, act())
	if err != nil || registry.Filed(cancelled.Filings) {
		t.Errorf("%v: a cancelled filing is none", err)
	}
}
