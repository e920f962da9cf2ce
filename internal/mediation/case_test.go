package mediation_test

import (
	"reflect"
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestFile(t *testing.T) {
	c, entry, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	if c.State != mediation.StatePendingAcceptance || c.Version != 1 || c.Number != "" || c.Registration != "371621101-2026-000001" {
		t.Errorf("a new case is pending, at version 1, registered and without number: %+v", c)
	}
	if c.Tenant != town || c.Committee != "committee-1" || c.FiledBy != "director-1" || !c.FiledAt.Equal(noon) || !c.UpdatedAt.Equal(noon) {
		t.Errorf("where, by whom and when: %+v", c)
	}
	if entry.Case != c.ID || entry.Version != 1 || entry.From != "" || entry.Actor.Subject != "director-1" || entry.Check() != nil {
		t.Errorf("the first journal entry: %+v", entry)
	}
	ids := map[mediation.ID]bool{c.ID: true, entry.ID: true, c.Parties[0].ID: true, c.Parties[1].ID: true}
	if len(ids) != 4 || ids[""] {
		t.Errorf("case, entry and parties have ids of their own: %v", ids)
	}
	if !c.Open() || c.AcceptedAt != nil || c.EndedAt != nil {
		t.Error("a new case is open and has no later moments")
	}
}

func TestFile_doesNotKeepTheCallersMemory(t *testing.T) {
	filing := boundary()
	c, _, err := mediation.File(filing, register(), act())
	if err != nil {
		t.Fatal(err)
	}
	*filing.Amount, filing.Tags[0], filing.Parties[0].Name = 1, "x", "x"
	if *c.Amount != 350_000 || c.Tags[0] != "老年人" || c.Parties[0].Name != "张三" {
		t.Error("the case changed when the caller changed its filing")
	}
}

func TestCase_nothingWithoutAnActor(t *testing.T) {
	nobody := act()
	nobody.By = mediation.Actor{Roles: []mediation.Role{mediation.RoleDirector}}
	_, _, err := mediation.File(boundary(), register(), nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")
	for _, verb := range filed(t).State.Verbs() {
		_, err := plain().do(ripe(t, mediation.StatePendingAcceptance, verb), verb, nobody)
		wantCode(t, err, mediation.Unauthenticated, "actor-required")
	}
}

func TestCase_Accept(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(c *mediation.Case)
		kind   mediation.Kind
		code   string
		fields []string
	}{
		"complete":                 {"facts, claims and both sides are there", func(*mediation.Case) {}, "", "", nil},
		"no facts":                 {"P24: facts are needed", func(c *mediation.Case) { c.Facts = "" }, mediation.Conflict, "case-incomplete", []string{"/facts required-for-acceptance"}},
		"no claims":                {"P24: a definite claim is needed", func(c *mediation.Case) { c.Claims = "" }, mediation.Conflict, "case-incomplete", []string{"/claims required-for-acceptance"}},
		"own initiative, no claim": {"nobody applied, so nobody claims", func(c *mediation.Case) { c.Claims, c.Source = "", mediation.SourceOwnInitiative }, "", "", nil},
		"already accepted":         {"a case is accepted once", func(c *mediation.Case) { c.State = mediation.StateAccepted }, mediation.Conflict, "case-state", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c := filed(t)
			tc.change(&c)
			after, entry, err := c.Accept(acceptance(), act())
			if tc.code != "" {
				wantCode(t, err, tc.kind, tc.code)
				sameProblems(t, err, tc.fields...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if after.Number != acceptance().Number || after.AcceptedAt == nil || !after.Open() || after.Version != 2 {
				t.Errorf("an accepted case has its number and its moment: %+v", after)
			}
			if !slices.Contains(entry.Changes, mediation.Change{Field: "/number", After: acceptance().Number}) {
				t.Errorf("the journal holds the number: %+v", entry.Changes)
			}
		})
	}
	t.Run("a number is required", func(t *testing.T) {
		_, _, err := filed(t).Accept(mediation.Acceptance{Committee: "committee-1"}, act())
		wantCode(t, err, mediation.Invalid, "number-required")
	})
	t.Run("another committee may number it, and the journal says so", func(t *testing.T) {
		after, entry, err := filed(t).Accept(mediation.Acceptance{Committee: "committee-2", Number: "1"}, act())
		if err != nil || after.Committee != "committee-2" || len(entry.Changes) != 2 {
			t.Errorf("%v %v %+v", err, after.Committee, entry.Changes)
		}
	})
}

func TestCase_Refuse(t *testing.T) {
	cases := map[string]struct {
		reason  string
		refusal mediation.Refusal
		fields  []string
	}{
		"out of area":    {"a legal reason is enough", mediation.Refusal{Reason: "out-of-area"}, nil},
		"with a note":    {"what the parties were told may be kept", mediation.Refusal{Reason: "party-refuses", Note: "已口头告知\n可以起诉"}, nil},
		"no reason":      {"without a legal reason nobody is sent away", mediation.Refusal{Note: "太忙"}, []string{"/reason required"}},
		"invented":       {"the law's list is closed", mediation.Refusal{Reason: "too-busy"}, []string{"/reason unknown-code"}},
		"medical ground": {"it is for medical disputes", mediation.Refusal{Reason: "medical-already-handled"}, []string{"/reason reason-not-for-type"}},
		"note with bell": {"texts are clean", mediation.Refusal{Reason: "out-of-area", Note: "\a!"}, []string{"/note control-character"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			after, entry, err := filed(t).Refuse(tc.refusal, act())
			sameProblems(t, err, tc.fields...)
			if err == nil && (after.Refusal.Reason != tc.refusal.Reason || after.EndedAt == nil || after.Open() || entry.Reason != tc.refusal.Note) {
				t.Errorf("a refused case has ended with its reason: %+v %+v", after, entry)
			}
		})
	}
	t.Run("the medical ground serves a medical dispute", func(t *testing.T) {
		c := filed(t)
		c.Type = mediation.DisputeMedical
		if _, _, err := c.Refuse(mediation.Refusal{Reason: mediation.RefusalMedicalAlreadyHandled}, act()); err != nil {
			t.Error(err)
		}
	})
}

func TestGrounds_eachNamesTheRoadThatRemains(t *testing.T) {
	for _, ground := range mediation.Grounds() {
		if ground.ZH == "" || ground.EN == "" || ground.RoadZH == "" || ground.RoadEN == "" {
			t.Errorf("%s is incomplete", ground.Reason)
		}
	}
	if len(mediation.Grounds()) != 8 {
		t.Errorf("the list has %d grounds, want 8", len(mediation.Grounds()))
	}
}

func TestCase_Withdraw(t *testing.T) {
	c := filed(t)
	applicant, respondent := c.Parties[0].ID, c.Parties[1].ID
	t.Run("by the applicant", func(t *testing.T) {
		after, _, err := c.Withdraw(mediation.Withdrawal{By: applicant, Note: "和解"}, act())
		if err != nil || after.State != mediation.StateWithdrawn || after.Withdrawal.By != applicant || after.EndedAt == nil {
			t.Errorf("%v %+v", err, after)
		}
	})
	t.Run("not by the respondent: it is not theirs to withdraw", func(t *testing.T) {
		_, _, err := c.Withdraw(mediation.Withdrawal{By: respondent}, act())
		sameProblems(t, err, "/by not-a-withdrawing-party")
	})
	t.Run("not by somebody else", func(t *testing.T) {
		_, _, err := c.Withdraw(mediation.Withdrawal{By: "stranger"}, act())
		sameProblems(t, err, "/by not-a-withdrawing-party")
	})
	t.Run("where nobody applied, any party may decline", func(t *testing.T) {
		own := c
		own.Parties = slices.Clone(c.Parties)
		own.Parties[0].Side = mediation.SideRespondent
		if _, _, err := own.Withdraw(mediation.Withdrawal{By: respondent}, act()); err != nil {
			t.Error(err)
		}
	})
	t.Run("an accepted case too", func(t *testing.T) {
		if _, _, err := accepted(t).Withdraw(mediation.Withdrawal{}, act()); err != nil {
			t.Error(err)
		}
	})
}

func TestCase_Correct(t *testing.T) {
	c := filed(t)
	t.Run("what is not named stays", func(t *testing.T) {
		after, entry, err := c.Correct(mediation.Correction{Title: pointer("新标题"), Reason: "笔误"}, act())
		if err != nil {
			t.Fatal(err)
		}
		want := []mediation.Change{{Field: "/title", Before: c.Title, After: "新标题"}}
		if after.Title != "新标题" || after.Facts != c.Facts || after.Version != 2 || entry.Reason != "笔误" || !slices.Equal(entry.Changes, want) {
			t.Errorf("%+v %+v", after, entry)
		}
	})
	t.Run("an empty value clears", func(t *testing.T) {
		after, entry, err := c.Correct(mediation.Correction{Place: pointer(""), ClearAmount: true, Tags: &[]string{}}, act())
		if err != nil || after.Place != "" || after.Amount != nil || len(after.Tags) != 0 || len(entry.Changes) != 3 {
			t.Errorf("%v %+v %+v", err, after, entry.Changes)
		}
	})
	t.Run("setting and clearing the amount is a contradiction", func(t *testing.T) {
		_, _, err := c.Correct(mediation.Correction{Amount: pointer[int64](1), ClearAmount: true}, act())
		sameProblems(t, err, "/amount contradiction")
	})
	t.Run("the same again changes nothing, not even the version", func(t *testing.T) {
		parties := slices.Clone(c.Parties)
		after, entry, err := c.Correct(mediation.Correction{Title: &c.Title, Tags: &c.Tags, Parties: &parties, Reason: "x"}, act())
		if err != nil || !reflect.DeepEqual(after, c) || !reflect.DeepEqual(entry, mediation.Entry{}) {
			t.Errorf("%v %+v %+v", err, after, entry)
		}
	})
	t.Run("a case that could not have been filed is refused", func(t *testing.T) {
		_, _, err := c.Correct(mediation.Correction{Title: pointer(""), Parties: &[]mediation.Party{}}, act())
		sameProblems(t, err, "/title required", "/parties two-parties-required")
	})
	t.Run("an accepted case keeps what acceptance needed", func(t *testing.T) {
		_, _, err := accepted(t).Correct(mediation.Correction{Facts: pointer(""), Claims: pointer("")}, act())
		sameProblems(t, err, "/facts required-for-acceptance", "/claims required-for-acceptance")
	})
}

func TestCase_Correct_parties(t *testing.T) {
	c := filed(t)
	first, second := c.Parties[0], c.Parties[1]
	third := mediation.Party{Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "王五"}
	moved := first
	moved.Phone = "13900004321"
	cases := map[string]struct {
		reason string
		given  []mediation.Party
		fields []string // of the journal
		want   []string // violated rules
	}{
		"one more":     {"a party without id is new", []mediation.Party{first, second, third}, []string{"/parties/new-1"}, nil},
		"a new phone":  {"one field of one party", []mediation.Party{moved, second}, []string{"/parties/id-002/phone"}, nil},
		"replaced":     {"one goes, one comes", []mediation.Party{first, third}, []string{"/parties/new-1", "/parties/id-003"}, nil},
		"turned round": {"the order is kept, so it can be put right", []mediation.Party{second, first}, []string{"/parties"}, nil},
		"stolen id":    {"an id of another case is not taken over", []mediation.Party{first, second, {ID: "other", Side: "applicant", Kind: "person", Name: "甲"}}, nil, []string{"/parties/2/id unknown-party"}},
		"same twice":   {"a party stands once", []mediation.Party{first, second, second}, nil, []string{"/parties/2/id unknown-party"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			a, n := act(), 0
			a.NewID = func() mediation.ID { n++; return mediation.ID("new-" + string(rune('0'+n))) }
			after, entry, err := c.Correct(mediation.Correction{Parties: &tc.given}, a)
			sameProblems(t, err, tc.want...)
			if err != nil {
				return
			}
			var fields []string
			for _, change := range entry.Changes {
				fields = append(fields, change.Field)
			}
			if !slices.Equal(fields, tc.fields) || len(after.Parties) != len(tc.given) {
				t.Errorf("journal %v, want %v; %d parties", fields, tc.fields, len(after.Parties))
			}
		})
	}
}

func TestEntry_Check(t *testing.T) {
	_, whole, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(e *mediation.Entry){
		"no issuer":  func(e *mediation.Entry) { e.Actor.Issuer = "" },
		"no subject": func(e *mediation.Entry) { e.Actor.Subject = "" },
		"no case":    func(e *mediation.Entry) { e.Case = "" },
		"no verb":    func(e *mediation.Entry) { e.Verb = "" },
		"no id":      func(e *mediation.Entry) { e.ID = "" },
		"no version": func(e *mediation.Entry) { e.Version = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			e := whole
			spoil(&e)
			wantCode(t, e.Check(), mediation.Invalid, "journal-entry")
		})
	}
}
