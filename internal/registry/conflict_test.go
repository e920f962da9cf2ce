package registry_test

import (
	"testing"

	"tiaojie.dev/tiaojie/internal/registry"
)

func TestMediator_DeclareConflict(t *testing.T) {
	cases := map[string]struct {
		reason   string
		conflict registry.ConflictOfInterest
		want     []string
	}{
		"kin by identity":       {"the surest way", registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: registry.Counterpart{IdentityType: "resident-id", IdentityNumber: "99010118800101004x"}}, nil},
		"by name":               {"numbers are not always known", registry.ConflictOfInterest{Kind: registry.ConflictInterest, Against: registry.Counterpart{Name: "张三"}}, nil},
		"one case":              {"a tie to the matter", registry.ConflictOfInterest{Kind: registry.ConflictAgent, Against: registry.Counterpart{Case: "c-1"}}, nil},
		"against nobody":        {"a conflict is with somebody", registry.ConflictOfInterest{Kind: registry.ConflictKin}, []string{"/against required"}},
		"no kind":               {"what kind of tie", registry.ConflictOfInterest{Against: registry.Counterpart{Name: "张三"}}, []string{"/kind required"}},
		"self":                  {"that is seen from the identity", registry.ConflictOfInterest{Kind: registry.ConflictSelf, Against: registry.Counterpart{Name: "张三"}}, []string{"/kind not-declared"}},
		"other without words":   {"other needs words", registry.ConflictOfInterest{Kind: registry.ConflictOther, Against: registry.Counterpart{Name: "张三"}}, []string{"/note required"}},
		"number without paper":  {"both or neither", registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: registry.Counterpart{IdentityNumber: "1"}}, []string{"/against/identityNumber incomplete"}},
		"other, with its words": {"then it is clear", registry.ConflictOfInterest{Kind: registry.ConflictOther, Note: "师生", Against: registry.Counterpart{Name: "张三"}}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			m := mediator(t, "m-1", nil)
			after, entry, err := m.DeclareConflict(tc.conflict, act())
			sameProblems(t, err, tc.want...)
			if err == nil {
				sound(t, entry, m.Version+1)
				if c := after.Conflicts[0]; c.ID == "" || c.By.Subject != "clerk-1" || len(m.Conflicts) != 0 {
					t.Errorf("who declared it, and in the copy only: %+v", c)
				}
			}
		})
	}
}

func TestMediator_ConflictWith(t *testing.T) {
	const zhang, other = "99010118800101004X", "990103199901010017"
	declared := func(against registry.Counterpart) func(*testing.T) registry.Mediator {
		return func(t *testing.T) registry.Mediator {
			m, _, err := mediator(t, "m-1", nil).DeclareConflict(registry.ConflictOfInterest{Kind: registry.ConflictKin, Against: against}, act())
			return must(t, m, err)
		}
	}
	free := func(t *testing.T) registry.Mediator { return mediator(t, "m-1", nil) }
	byNumber := declared(registry.Counterpart{IdentityType: "resident-id", IdentityNumber: zhang, Name: "张三"})
	cases := map[string]struct {
		reason   string
		mediator func(*testing.T) registry.Mediator
		matter   registry.Matter
		want     registry.ConflictKind
	}{
		"no tie":                     {"nothing stands against it", free, parties(registry.MatterParty{Name: "张三"}), ""},
		"a party themselves":         {"nobody mediates their own dispute", free, parties(registry.MatterParty{IdentityType: "resident-id", IdentityNumber: "371602188506150426"}), registry.ConflictSelf},
		"the same digits, elsewhere": {"another paper is another number", free, parties(registry.MatterParty{IdentityType: "passport", IdentityNumber: "371602188506150426"}), ""},
		"kin by number":              {"declared and found", byNumber, parties(registry.MatterParty{IdentityType: "resident-id", IdentityNumber: zhang}), registry.ConflictKin},
		"same name, other number":    {"another Zhang San is another person", byNumber, parties(registry.MatterParty{Name: "张三", IdentityType: "resident-id", IdentityNumber: other}), ""},
		"same name, no number":       {"too often harms less than too seldom", byNumber, parties(registry.MatterParty{Name: " 张三 "}), registry.ConflictKin},
		"by name only":               {"the declaration had no number", declared(registry.Counterpart{Name: "张三"}), parties(registry.MatterParty{Name: "张三", IdentityType: "resident-id", IdentityNumber: zhang}), registry.ConflictKin},
		"the case":                   {"a tie to one matter", declared(registry.Counterpart{Case: "c-1"}), registry.Matter{Case: "c-1", Day: today}, registry.ConflictKin},
		"another case":               {"and to that one only", declared(registry.Counterpart{Case: "c-1"}), registry.Matter{Case: "c-2", Day: today}, ""},
		"no case yet":                {"nothing is not the same as nothing", declared(registry.Counterpart{Name: "张三"}), registry.Matter{Day: today}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			conflict, tied := tc.mediator(t).ConflictWith(tc.matter)
			if conflict.Kind != tc.want || tied != (tc.want != "") {
				t.Errorf("got %q %v, want %q", conflict.Kind, tied, tc.want)
			}
		})
	}
}

func parties(all ...registry.MatterParty) registry.Matter {
	return registry.Matter{Case: "c-1", Day: today, Parties: all}
}

func TestMediator_EndConflict(t *testing.T) {
	m, _, err := mediator(t, "m-1", nil).DeclareConflict(
		registry.ConflictOfInterest{Kind: registry.ConflictInterest, Against: registry.Counterpart{Name: "惠民建筑公司"}}, act())
	if err != nil {
		t.Fatal(err)
	}
	id := m.Conflicts[0].ID
	_, _, err = m.EndConflict(id, today, "", act())
	wantCode(t, err, registry.Invalid, "reason-required")
	_, _, err = m.EndConflict("k-9", "2026-11-24", "x", act())
	sameProblems(t, err, "/conflict unknown-conflict", "/to in-the-future")
	ended, entry, err := m.EndConflict(id, today, "股份已转让", act())
	if err != nil {
		t.Fatal(err)
	}
	sound(t, entry, ended.Version)
	matter := parties(registry.MatterParty{Name: "惠民建筑公司"})
	if _, tied := ended.ConflictWith(matter); !tied {
		t.Error("the last day still counts")
	}
	matter.Day = "2026-11-24"
	if _, tied := ended.ConflictWith(matter); tied {
		t.Error("the day after it holds no more")
	}
	_, _, err = ended.EndConflict(id, today, "x", act())
	sameProblems(t, err, "/conflict unknown-conflict")
}
