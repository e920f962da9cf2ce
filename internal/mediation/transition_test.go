package mediation_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// stay is the target of a verb that leaves the stage as it is.
const stay mediation.State = "stay"

// life is the matrix once more, as it was agreed with the office: stage by stage, what is possible and where it leads.
var life = map[mediation.State]map[mediation.Verb]mediation.State{
	"pending-acceptance": judged(beside(map[mediation.Verb]mediation.State{
		"correct": stay, "recuse": stay, "absorb": stay, "split": stay, "take-lead": stay, "report-danger": stay,
		"accept": "accepted", "refuse": "refused", "withdraw": "withdrawn", "transfer": "transferred", "merge": "merged",
	})),
	"accepted":      working(map[mediation.Verb]mediation.State{"assign": "assigned"}),
	"assigned":      working(atWork(map[mediation.Verb]mediation.State{"investigate": "investigating"})),
	"investigating": working(atWork(map[mediation.Verb]mediation.State{"investigate": stay})),
	"mediating": working(atWork(map[mediation.Verb]mediation.State{
		"investigate": stay, "agree": "agreed", "agree-orally": "agreed", "fail": "failed",
	})),
	"agreed": judged(routed(beside(map[mediation.Verb]mediation.State{
		"correct": stay, "recuse": stay, "reassign": stay, "take-lead": stay, "report-danger": stay, "cancel-meeting": stay, "visit": stay,
		"apply-confirmation": stay, "decide-confirmation": stay, "perform": stay, "breach": stay, "urge": stay, "close": "closed",
	}))),
	"failed":      judged(routed(beside(ending(map[mediation.Verb]mediation.State{"visit": stay, "cancel-meeting": stay})))),
	"terminated":  judged(routed(beside(ending(map[mediation.Verb]mediation.State{"visit": stay, "cancel-meeting": stay})))),
	"withdrawn":   judged(routed(beside(ending(map[mediation.Verb]mediation.State{"visit": stay, "cancel-meeting": stay})))),
	"refused":     judged(routed(beside(ending(map[mediation.Verb]mediation.State{})))),
	"transferred": judged(answered(beside(ending(map[mediation.Verb]mediation.State{"acknowledge-transfer": stay, "take-back": "pending-acceptance", "cancel-meeting": stay})))),
	"merged":      answered(beside(map[mediation.Verb]mediation.State{"close": "closed", "cancel-meeting": stay})),
	"closed":      {"classify": stay, "grade": stay, "override-grade": stay, "put-on-file": stay, "take-off-file": stay, "visit": stay, "archive": "archived", "reopen": stay},
	"archived":    {"reopen": stay},
}

func with(to map[mediation.Verb]mediation.State, more map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	for verb, state := range more {
		to[verb] = state
	}
	return to
}

func beside(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return with(to, map[mediation.Verb]mediation.State{"settle-danger": stay, "put-on-file": stay, "take-off-file": stay})
}

func judged(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return with(to, map[mediation.Verb]mediation.State{"classify": stay, "grade": stay, "override-grade": stay, "assess": stay, "override-risk": stay})
}

func ending(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return with(to, map[mediation.Verb]mediation.State{"report-danger": stay, "close": "closed"})
}

func answered(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return with(to, map[mediation.Verb]mediation.State{"acknowledge-referral": stay, "report-referral": stay})
}

func routed(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return answered(with(to, map[mediation.Verb]mediation.State{"refer": stay}))
}

func working(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return judged(routed(beside(with(to, map[mediation.Verb]mediation.State{
		"correct": stay, "recuse": stay, "absorb": stay, "split": stay, "take-lead": stay, "report-danger": stay, "extend": stay, "cancel-meeting": stay,
		"withdraw": "withdrawn", "terminate": "terminated", "transfer": "transferred", "merge": "merged",
	}))))
}

func atWork(to map[mediation.Verb]mediation.State) map[mediation.Verb]mediation.State {
	return with(to, map[mediation.Verb]mediation.State{
		"reassign": stay, "convene": stay, "mediate": "mediating", "suspend": stay, "resume": stay,
	})
}

// target is where a verb leads from a state, "" when it is not possible there.
func target(from mediation.State, verb mediation.Verb) mediation.State {
	to := life[from][verb]
	if slices.Contains([]mediation.Verb{"invite", "uninvite", "restrict", "unrestrict"}, verb) {
		return from // who sees a case is said in every stage
	}
	if to == stay || (from == "mediating" && verb == "mediate") {
		return from
	}
	return to
}

// ripe is a case in the stage to which nothing is missing for the verb: what the verb builds on is put there.
func ripe(t *testing.T, state mediation.State, verb mediation.Verb) mediation.Case {
	t.Helper()
	c := in(t, state)
	switch verb {
	case mediation.VerbCancelMeeting:
		c.Meetings = append(c.Meetings, mediation.Meeting{Number: len(c.Meetings) + 1, Status: mediation.MeetingPlanned, StartedAt: c.UpdatedAt})
	case mediation.VerbOverrideGrade:
		c.Gradings = []mediation.Grading{{Number: 1, Computed: mediation.DifficultySimple}}
	case mediation.VerbOverrideRisk:
		c.Assessments = []mediation.Assessment{{Number: 1, Scale: mediation.FourColours, Computed: mediation.Blue}}
	case mediation.VerbSettleDanger:
		c.Dangers = []mediation.Danger{{Number: 1, Kind: "crime"}}
	case mediation.VerbUninvite:
		c.Invitations = []mediation.Invitation{{Issuer: "https://id.example", Subject: "expert-1", Until: "2099-01-01"}}
	case mediation.VerbUnrestrict:
		c.Restriction = mediation.RestrictionFamily
	case mediation.VerbResume:
		c.Suspensions = []mediation.Suspension{{Number: 1, From: c.UpdatedAt}}
	case mediation.VerbAcknowledgeReferral, mediation.VerbReportReferral:
		c.Referrals = []mediation.Referral{{Number: 1, Route: "legal-aid", SentOn: mediation.LegalDay(c.UpdatedAt)}}
	case mediation.VerbTakeOffFile:
		c.Papers = []mediation.Paper{{Number: 1, Kind: "evidence", Pages: 1}}
	case mediation.VerbBreach:
		c = aged(c)
	case mediation.VerbDecideConfirmation:
		c.Confirmation = &mediation.Confirmation{AppliedOn: mediation.LegalDay(c.UpdatedAt)}
	case mediation.VerbClose:
		c = tidied(c)
	case mediation.VerbArchive:
		c.Papers = []mediation.Paper{{Number: 1, Kind: "application-or-register", Medium: mediation.MediumPaper, Pages: 1}}
	}
	return c
}

// aged makes the first instalment overdue.
func aged(c mediation.Case) mediation.Case {
	if c.Agreement != nil {
		agreement := *c.Agreement
		agreement.Instalments = slices.Clone(agreement.Instalments)
		agreement.Instalments[0].Due = "2026-11-01"
		c.Agreement = &agreement
	}
	return c
}

// tidied leaves nothing open.
func tidied(c mediation.Case) mediation.Case {
	if c.Agreement != nil {
		agreement := *c.Agreement
		agreement.Instalments = slices.Clone(agreement.Instalments)
		for i := range agreement.Instalments {
			agreement.Instalments[i].DoneOn = agreement.Instalments[i].Due
		}
		c.Agreement = &agreement
	}
	c.Transfers = slices.Clone(c.Transfers)
	for i := range c.Transfers {
		c.Transfers[i].ReceivedOn = c.Transfers[i].SentOn
	}
	return c
}

// Every verb from every stage: what is agreed works and leads where it should; everything else is a conflict that says
// what is possible instead, and leaves the case as it was.
func TestCase_everyStateByEveryVerb(t *testing.T) {
	tried := 0
	for _, state := range mediation.States() {
		for _, verb := range mediation.Verbs() {
			if verb == mediation.VerbFile {
				continue
			}
			tried++
			t.Run(string(state)+" "+string(verb), func(t *testing.T) {
				c := ripe(t, state, verb)
				before := frozen(c)
				want := target(state, verb)
				d, err := plain().do(c, verb, later(c, time.Minute))
				if !reflect.DeepEqual(frozen(c), before) {
					t.Error("the verb changed its receiver")
				}
				if want == "" {
					wantCode(t, err, mediation.Conflict, "case-state")
					if c.Can(verb) == nil {
						t.Error("Can says yes")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if d.after.State != want || d.entry.From != state || d.entry.To != want || d.entry.Verb != verb || d.entry.Check() != nil {
					t.Errorf("state %s, entry %s→%s by %s; want %s", d.after.State, d.entry.From, d.entry.To, d.entry.Verb, want)
				}
				if d.after.Version != c.Version+1 || d.entry.Version != d.after.Version || d.entry.Case != c.ID {
					t.Errorf("version %d after %d, entry %d of %s", d.after.Version, c.Version, d.entry.Version, d.entry.Case)
				}
			})
		}
	}
	t.Logf("%d pairs of stage and verb", tried)
}

func TestCase_Can_saysWhatIsPossibleAndWhy(t *testing.T) {
	cases := map[string]struct {
		reason string
		state  mediation.State
		verb   mediation.Verb
		en, zh []string
	}{
		"accept twice": {
			"an accepted case can still be corrected or withdrawn", "accepted", "accept",
			[]string{"Accepted", "correct", "withdraw", "Pending acceptance"}, []string{"已受理", "更正", "撤回", "待受理"},
		},
		"accept after refusal": {"an ended case is filed anew", "refused", "accept", []string{"Refused", "file it anew"}, []string{"不予受理", "重新登记"}},
		"correct a withdrawn":  {"an ended case is not rewritten", "withdrawn", "correct", []string{"Withdrawn", "file it anew"}, []string{"已撤回", "重新登记"}},
		"file again":           {"a case is filed once", "pending-acceptance", "file", []string{"accept", "refuse"}, []string{"受理", "不予受理"}},
		"before it exists":     {"nothing can be done with nothing", "", "accept", []string{"file it first"}, []string{"请先登记"}},
		"too early": {
			"no meeting before acceptance, and the words say when", "pending-acceptance", "mediate",
			[]string{"Pending acceptance", "Assigned"}, []string{"待受理", "已指派"},
		},
		"archived": {"a sealed file opens only as a new volume", "archived", "perform", []string{"reopen"}, []string{"再次立案"}},
		"no such verb": {
			"what nobody knows is not possible either", "accepted", "burn", []string{"burn", "assign"}, []string{"burn", "指派"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			err := mediation.Case{State: tc.state}.Can(tc.verb)
			var refusal *mediation.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v", err)
			}
			for _, word := range tc.en {
				if !strings.Contains(refusal.Message, word) {
					t.Errorf("%q does not say %q", refusal.Message, word)
				}
			}
			for _, word := range tc.zh {
				if !strings.Contains(refusal.MessageZH, word) {
					t.Errorf("%q does not say %q", refusal.MessageZH, word)
				}
			}
		})
	}
}
