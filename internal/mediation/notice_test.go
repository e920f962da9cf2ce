package mediation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// toldWhom writes notices as "kind recipient", sorted.
func toldWhom(notices []mediation.Notice) []string {
	var lines []string
	for _, n := range notices {
		to := n.To.Subject + string(n.To.Registry)
		if n.To.Role != "" {
			to = "every " + string(n.To.Role)
		}
		lines = append(lines, string(n.Kind)+" "+to)
	}
	slices.Sort(lines)
	return lines
}

func wantTold(t *testing.T, notices []mediation.Notice, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := toldWhom(notices); !slices.Equal(got, want) {
		t.Errorf("told:\n got %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
	for _, n := range notices {
		if err := n.Check(); err != nil {
			t.Errorf("%s: %v", n.Kind, err)
		}
		if strings.Contains(n.ZH+n.EN, "%!") || !strings.Contains(n.ZH, n.Number) || !strings.Contains(n.EN, n.Number) {
			t.Errorf("the words of %s: %q %q", n.Kind, n.ZH, n.EN)
		}
	}
}

func leading(m mediation.Mediator) mediation.Mediator {
	m.Host = true
	return m
}

// Who comes and who goes is told, whoever stays learns of it, and who did it knows already.
func TestTold_holders(t *testing.T) {
	one, two, three := mediator(1), mediator(2), mediator(3)
	registered := mediation.Mediator{ID: "registry-7", Name: "村调解员"}
	c := accepted(t)
	team := func(mediators ...mediation.Mediator) mediation.Case {
		changed := c
		changed.Mediators = mediators
		return changed
	}
	recused := team(leading(two))
	recused.Recusals = []mediation.Recusal{{Number: 1, Mediator: one}}
	for name, tc := range map[string]struct {
		reason        string
		before, after mediation.Case
		by            mediation.Mediator
		want          []string
	}{
		"first assignment": {"the new holders", team(), team(leading(one), registered), three,
			[]string{"assigned mediator-1", "assigned registry-7"}},
		"another in one's place": {"the old and the new holder", team(leading(one)), team(leading(two)), three,
			[]string{"assigned mediator-2", "released mediator-1"}},
		"one more": {"whoever stays learns with whom", team(leading(one)), team(leading(one), two), three,
			[]string{"assigned mediator-2", "team-changed mediator-1"}},
		"one less": {"whoever stays learns it", team(leading(one), two, registered), team(leading(one), registered), three,
			[]string{"released mediator-2", "team-changed mediator-1", "team-changed registry-7"}},
		"another host of the same people": {"all three learn who leads", team(leading(one), two, registered), team(one, leading(two), registered), three,
			[]string{"host-changed mediator-1", "host-changed mediator-2", "host-changed registry-7"}},
		"the same again": {"nothing has changed", team(leading(one), two), team(two, leading(one)), three, nil},
		"to oneself":     {"who did it knows", team(leading(one)), team(leading(two)), two, []string{"released mediator-1"}},
		"from oneself":   {"who did it knows", team(leading(one)), team(leading(two)), one, []string{"assigned mediator-2"}},
		"recusal": {"who must keep away is told so, and not that others go on", team(leading(one)), recused, three,
			[]string{"recused mediator-1", "assigned mediator-2"}},
		"recusal beforehand": {"somebody never assigned is told all the same", team(leading(two)), recused, three,
			[]string{"recused mediator-1"}},
		"no longer anybody": {"a case that comes back is assigned anew", team(leading(one), registered), team(), three,
			[]string{"released mediator-1", "released registry-7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			entry := mediation.Entry{At: noon, Verb: mediation.VerbReassign}
			entry.Actor.Principal = mediation.Principal{Issuer: tc.by.Issuer, Subject: tc.by.Subject}
			wantTold(t, mediation.Told(tc.before, tc.after, entry), tc.want...)
		})
	}
}

// Whatever a change of hands looks like: when anything changed everybody concerned hears of it exactly once.
func TestTold_everyHolderOnce(t *testing.T) {
	c := accepted(t)
	team := rapid.Custom(func(t *rapid.T) []mediation.Mediator {
		var team []mediation.Mediator
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 6), 0, 6, rapid.ID[int]).Draw(t, "who") {
			team = append(team, mediator(n))
		}
		if len(team) > 0 {
			i := rapid.IntRange(0, len(team)-1).Draw(t, "host")
			team[i].Host = true
		}
		return team
	})
	key := func(mediators []mediation.Mediator) string {
		var names []string
		for _, m := range mediators {
			names = append(names, fmt.Sprint(m.Subject, m.Host))
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	rapid.Check(t, func(rt *rapid.T) {
		before, after := c, c
		before.Mediators, after.Mediators = team.Draw(rt, "before"), team.Draw(rt, "after")
		heard := map[string]int{}
		for _, n := range mediation.Told(before, after, mediation.Entry{At: noon, Verb: mediation.VerbReassign}) {
			heard[n.To.Subject]++
		}
		want := map[string]int{}
		if key(before.Mediators) != key(after.Mediators) {
			for _, m := range slices.Concat(before.Mediators, after.Mediators) {
				want[m.Subject] = 1
			}
		}
		if fmt.Sprint(heard) != fmt.Sprint(want) {
			rt.Fatalf("from %s to %s: heard %v, want %v", key(before.Mediators), key(after.Mediators), heard, want)
		}
	})
}

// Other steps that concern people who did not take them.
func TestTold_steps(t *testing.T) {
	before := accepted(t)
	before.Mediators = []mediation.Mediator{leading(mediator(1)), mediator(2)}
	before.Referrals = []mediation.Referral{{Number: 1, Route: "legal-aid"}, {Number: 2, Route: "court"}}
	after := before
	after.Referrals = []mediation.Referral{before.Referrals[0], {Number: 2, Route: "court", Outcome: "judged"}}
	after.Dangers = []mediation.Danger{{Number: 1}}
	after.State = mediation.StateWithdrawn
	both := func(kind string, more ...string) []string {
		return append([]string{kind + " mediator-1", kind + " mediator-2"}, more...)
	}
	for verb, want := range map[mediation.Verb][]string{
		"report-danger":   both("danger-reported", "danger-reported every director"),
		"settle-danger":   both("danger-settled", "danger-settled every director"),
		"report-referral": both("referral-returned"),
		"transfer":        both("case-transferred"),
		"take-back":       {"case-transferred-back every director"},
		"withdraw":        both("case-ended"),
		"terminate":       both("case-ended"),
		"merge":           both("case-ended"),
		"absorb":          both("case-joined"),
		"correct":         nil,
		"mediate":         nil,
	} {
		t.Run(string(verb), func(t *testing.T) {
			notices := mediation.Told(before, after, mediation.Entry{At: noon, Verb: verb, Actor: director()})
			wantTold(t, notices, want...)
			for _, n := range notices {
				if urgent := n.Urgency == mediation.UrgencyUrgent; urgent != (verb == "report-danger") {
					t.Errorf("%s is %s", n.Kind, n.Urgency)
				}
				if n.To.Role != "" && !slices.Contains(n.To.Except, director().Principal) {
					t.Errorf("%s tells the director what she did herself", n.Kind)
				}
			}
		})
	}
	t.Run("a referral says which road came back with what", func(t *testing.T) {
		n := mediation.Told(before, after, mediation.Entry{At: noon, Verb: "report-referral"})[0]
		if n.About != "/referrals/2" || !strings.Contains(n.ZH, "作出裁判") || !strings.Contains(n.EN, "Judged") {
			t.Errorf("%+v", n)
		}
	})
	t.Run("the host who reports a danger knows of it", func(t *testing.T) {
		entry := mediation.Entry{At: noon, Verb: "report-danger"}
		entry.Actor.Principal = mediation.Principal{Issuer: mediator(1).Issuer, Subject: mediator(1).Subject}
		wantTold(t, mediation.Told(before, after, entry), "danger-reported mediator-2", "danger-reported every director")
	})
}

func TestRedAlert(t *testing.T) {
	c := accepted(t)
	c.Mediators = []mediation.Mediator{leading(mediator(1))}
	notices := mediation.RedAlert(c, director().Principal, noon)
	wantTold(t, notices, "red-alert mediator-1", "red-alert every director")
	for _, n := range notices {
		if n.Urgency != mediation.UrgencyUrgent {
			t.Errorf("a red alert is %s", n.Urgency)
		}
	}
	wantTold(t, mediation.RedAlert(c, mediation.Principal{Issuer: mediator(1).Issuer, Subject: "mediator-1"}, noon), "red-alert every director")
	wantTold(t, mediation.RedAlert(accepted(t), mediation.Principal{}, noon), "red-alert every director")
}

func TestClockAlert(t *testing.T) {
	rule := mediation.Code{Code: "mediation", ZH: "调解期限", EN: "Time for mediation"}
	c := accepted(t)
	wantTold(t, mediation.ClockAlert(c, rule, "2026-12-23", false, noon), "clock-due-soon every director")
	c.Mediators = []mediation.Mediator{leading(mediator(1))}
	soon := mediation.ClockAlert(c, rule, "2026-12-23", false, noon)
	wantTold(t, soon, "clock-due-soon mediator-1")
	if soon[0].Urgency != mediation.UrgencyNormal || soon[0].About != "mediation" || !strings.Contains(soon[0].ZH, "调解期限，最后期限 2026-12-23") {
		t.Errorf("%+v", soon[0])
	}
	late := mediation.ClockAlert(c, rule, "2026-12-23", true, noon)
	wantTold(t, late, "clock-overdue mediator-1", "clock-overdue every director")
	if late[0].Urgency != mediation.UrgencyUrgent {
		t.Errorf("%+v", late[0])
	}
}

// What leaves the house names nobody: no party, no title, no fact, no mediator.
func TestNotice_isFreeOfPersonalData(t *testing.T) {
	before := accepted(t)
	before.Mediators = []mediation.Mediator{leading(mediator(1))}
	before.Referrals = []mediation.Referral{{Number: 1, Route: "court", Receiver: "惠民县人民法院", Content: "起诉状"}}
	after := before
	after.Mediators = []mediation.Mediator{leading(mediator(2)), mediator(1)}
	after.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediator(3), Note: "表亲"}}
	after.Dangers = []mediation.Danger{{Number: 1, Signs: "扬言报复"}}
	after.Referrals = []mediation.Referral{{Number: 1, Route: "court", Outcome: "judged", Note: "判决"}}
	secrets := []string{after.Title, after.Facts, after.Claims, after.Place, "扬言", "表亲", "惠民县人民法院", "起诉状", "判决"}
	for _, p := range after.Parties {
		secrets = append(secrets, p.Name, p.Phone+"x", p.Address+"x")
	}
	for _, m := range slices.Concat(before.Mediators, after.Mediators) {
		secrets = append(secrets, m.Name, m.Subject)
	}
	seen := 0
	for _, verb := range mediation.Verbs() {
		notices := append(mediation.Told(before, after, mediation.Entry{At: noon, Verb: verb}), mediation.RedAlert(after, mediation.Principal{}, noon)...)
		for _, n := range notices {
			seen++
			for _, secret := range secrets {
				if strings.Contains(n.ZH+n.EN+n.About+n.Number, secret) {
					t.Errorf("%s by %s says %q: %s %s", n.Kind, verb, secret, n.ZH, n.EN)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d notices looked at", seen)
	}
}

func TestNotice_Check(t *testing.T) {
	sound := mediation.Notice{Kind: "assigned", Case: "case", At: noon, To: mediation.Recipient{Issuer: "i", Subject: "s"}}
	if err := sound.Check(); err != nil {
		t.Fatal(err)
	}
	for reason, spoil := range map[string]func(*mediation.Notice){
		"a kind is on the list":           func(n *mediation.Notice) { n.Kind = "rumour" },
		"it is about a case":              func(n *mediation.Notice) { n.Case = "" },
		"it has a moment":                 func(n *mediation.Notice) { n.At = time.Time{} },
		"somebody is told":                func(n *mediation.Notice) { n.To = mediation.Recipient{} },
		"a subject alone is nobody":       func(n *mediation.Notice) { n.To.Issuer = "" },
		"a person or a role, never both":  func(n *mediation.Notice) { n.To.Role = mediation.RoleDirector },
		"a registry's id excludes a role": func(n *mediation.Notice) { n.To = mediation.Recipient{Registry: "7", Role: "director"} },
	} {
		n := sound
		spoil(&n)
		if mediation.CodeOf(n.Check()) != "notice" {
			t.Errorf("%s: %v", reason, n.Check())
		}
	}
}
