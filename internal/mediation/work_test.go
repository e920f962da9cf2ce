package mediation_test

import (
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// spoiled is a sound command with one thing wrong, and the rules that it then violates; none: it stays sound.
type spoiled[T any] struct {
	reason string
	spoil  func(*T)
	want   []string
}

// refusing tries the sound command, then each spoiled one: Invalid with the code, every violated rule with its field.
func refusing[T any](t *testing.T, code string, sound func() T, do func(T) error, cases map[string]spoiled[T]) {
	t.Helper()
	if err := do(sound()); err != nil {
		t.Fatalf("the sound command: %v %v", err, problems(err))
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			command := sound()
			tc.spoil(&command)
			err := do(command)
			if len(tc.want) == 0 {
				if err != nil {
					t.Errorf("%v", err)
				}
				return
			}
			wantCode(t, err, mediation.Invalid, code)
			sameProblems(t, err, tc.want...)
		})
	}
}

func long(n int) string { return strings.Repeat("长", n) }

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func TestCase_Assign(t *testing.T) {
	c := in(t, mediation.StateAccepted)
	c.Recusals = []mediation.Recusal{{Number: 1, Mediator: mediator(9), Ground: mediation.RecusalKin}}
	a := later(c, minutes(1))
	sound := func() mediation.Assignment {
		host := mediator(1)
		host.Host = true
		return mediation.Assignment{Mediators: []mediation.Mediator{host, {ID: "registry-7", Name: "村调解员"}}}
	}
	do := func(assignment mediation.Assignment) error { _, _, err := c.Assign(assignment, a); return err }
	refusing(t, "invalid-assignment", sound, do, map[string]spoiled[mediation.Assignment]{
		"nobody":     {"somebody mediates", func(x *mediation.Assignment) { x.Mediators = nil }, []string{"/mediators one-host-required"}},
		"no host":    {"P25: one leads", func(x *mediation.Assignment) { x.Mediators[0].Host = false }, []string{"/mediators one-host-required"}},
		"two hosts":  {"P25: one leads", func(x *mediation.Assignment) { x.Mediators[1].Host = true }, []string{"/mediators one-host-required"}},
		"same twice": {"a person counts once", func(x *mediation.Assignment) { x.Mediators = append(x.Mediators, mediator(1)) }, []string{"/mediators/2 duplicate"}},
		"unknown":    {"a name alone is nobody", func(x *mediation.Assignment) { x.Mediators[1].ID = "" }, []string{"/mediators/1 person-required"}},
		"nameless":   {"people are named in the records", func(x *mediation.Assignment) { x.Mediators[0].Name = " " }, []string{"/mediators/0/name required"}},
		"recused":    {"who has a conflict does not mediate", func(x *mediation.Assignment) { x.Mediators = append(x.Mediators, mediator(9)) }, []string{"/mediators/2 recused"}},
		"a crowd":    {"twenty are enough", func(x *mediation.Assignment) { x.Mediators = make([]mediation.Mediator, 21) }, []string{"/mediators too-many"}},
	})
	after, entry, err := c.Assign(sound(), a)
	if err != nil || len(after.Mediators) != 2 || entry.Changes[0].Field != "/mediators" {
		t.Fatalf("%v %+v", err, after.Mediators)
	}
	if host, there := after.Host(); !there || host.Subject != "mediator-1" || !after.Assigned(mediation.Principal{Issuer: host.Issuer, Subject: host.Subject}) {
		t.Errorf("the host is %+v", host)
	}
	if after.Assigned(mediation.Principal{Issuer: "https://other.example", Subject: "mediator-1"}) {
		t.Error("the same subject of another issuer is another person")
	}
	t.Run("to reassign needs a reason", func(t *testing.T) {
		_, _, err := after.Reassign(sound(), later(after, minutes(1)))
		sameProblems(t, err, "/reason required")
	})
}

func TestCase_Recuse(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	a := later(c, minutes(1))
	host, _ := c.Host()
	replacement := mediator(50)
	sound := func() mediation.Recusal {
		return mediation.Recusal{Mediator: host, Ground: mediation.RecusalAsked, AskedBy: c.Parties[0].ID, Replacement: &replacement}
	}
	do := func(recusal mediation.Recusal) error { _, _, err := c.Recuse(recusal, a); return err }
	refusing(t, "invalid-recusal", sound, do, map[string]spoiled[mediation.Recusal]{
		"no ground":      {"nobody is sent away without a reason", func(x *mediation.Recusal) { x.Ground = "" }, []string{"/ground required"}},
		"other ground":   {"the list is closed", func(x *mediation.Recusal) { x.Ground = "dislike" }, []string{"/ground unknown-code"}},
		"asked by whom":  {"a party asks, so the party is named", func(x *mediation.Recusal) { x.AskedBy = "" }, []string{"/askedBy unknown-party"}},
		"of own accord":  {"kinship needs nobody to ask", func(x *mediation.Recusal) { x.Ground, x.AskedBy = mediation.RecusalKin, "" }, nil},
		"no new host":    {"a case at work is never without a host", func(x *mediation.Recusal) { x.Replacement = nil }, []string{"/replacement replacement-required"}},
		"own place":      {"nobody takes their own place", func(x *mediation.Recusal) { x.Replacement = &host }, []string{"/replacement recused"}},
		"of a stranger":  {"who is not assigned is not replaced", func(x *mediation.Recusal) { x.Mediator = mediator(60) }, []string{"/replacement not-expected"}},
		"before it came": {"a conflict may be declared beforehand", func(x *mediation.Recusal) { x.Mediator, x.Replacement = mediator(60), nil }, nil},
	})
	after, entry, err := c.Recuse(sound(), a)
	if err != nil || len(entry.Changes) != 2 {
		t.Fatalf("%v %+v", err, entry.Changes)
	}
	if now, _ := after.Host(); now.Subject != replacement.Subject || after.Assigned(mediation.Principal{Issuer: host.Issuer, Subject: host.Subject}) {
		t.Errorf("the new host is %+v", now)
	}
	_, _, err = after.Recuse(mediation.Recusal{Mediator: host, Ground: mediation.RecusalKin}, later(after, minutes(1)))
	sameProblems(t, err, "/mediator recused")
}

func TestCase_Recuse_keepsOneHost(t *testing.T) {
	host, second := mediator(1), mediator(2)
	host.Host = true
	c, _, err := in(t, mediation.StateAccepted).Assign(mediation.Assignment{Mediators: []mediation.Mediator{host, second}}, act())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason      string
		who         mediation.Mediator
		replacement *mediation.Mediator
		want        []string
	}{
		"the second moves up":        {"who is there already may lead", host, &second, []string{"mediator-2 host"}},
		"the host stays":             {"one of the others goes", second, nil, []string{"mediator-1 host"}},
		"the host replaces a second": {"the host does both", second, &host, []string{"mediator-1 host"}},
		"a third for the second":     {"one goes, one comes", second, pointer(mediator(3)), []string{"mediator-1 host", "mediator-3"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			after, _, err := c.Recuse(mediation.Recusal{Mediator: tc.who, Ground: mediation.RecusalInterest, Replacement: tc.replacement}, later(c, minutes(1)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range after.Mediators {
				got = append(got, strings.TrimSpace(m.Subject+" "+map[bool]string{true: "host"}[m.Host]))
			}
			if strings.Join(got, ",") != strings.Join(tc.want, ",") {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestCase_Mediate(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	a := later(c, 48*time.Hour)
	sound := func() mediation.Meeting { return plain().meeting(c, a) }
	do := func(meeting mediation.Meeting) error { _, _, err := c.Mediate(meeting, a); return err }
	relative := mediation.Attendee{Name: "张大伯", Role: "relative"}
	refusing(t, "invalid-meeting", sound, do, map[string]spoiled[mediation.Meeting]{
		"rights not told":     {"P30: before the first meeting", func(x *mediation.Meeting) { x.RightsTold = false }, []string{"/rightsTold rights-not-told"}},
		"before acceptance":   {"no meeting before the case was accepted", func(x *mediation.Meeting) { x.StartedAt = c.AcceptedAt.AddDate(0, 0, -1) }, []string{"/startedAt before-acceptance"}},
		"on the same day":     {"written down later the same day", func(x *mediation.Meeting) { x.StartedAt = c.AcceptedAt.Add(-minutes(1)) }, nil},
		"tomorrow":            {"what has not been cannot be recorded", func(x *mediation.Meeting) { x.StartedAt = a.At.Add(time.Hour) }, []string{"/startedAt in-the-future"}},
		"never":               {"a meeting has a time", func(x *mediation.Meeting) { x.StartedAt = time.Time{} }, []string{"/startedAt before-acceptance", "/startedAt required"}},
		"ends before start":   {"time runs forward", func(x *mediation.Meeting) { x.EndedAt = pointer(x.StartedAt.Add(-minutes(1))) }, []string{"/endedAt ends-before-start"}},
		"nowhere":             {"a meeting has a place", func(x *mediation.Meeting) { x.Place = "" }, []string{"/place required"}},
		"nothing said":        {"a record has content", func(x *mediation.Meeting) { x.Content = "" }, []string{"/content required"}},
		"too much said":       {"texts have an end", func(x *mediation.Meeting) { x.Content = long(20_001) }, []string{"/content too-long"}},
		"no result":           {"it came to something, or goes on", func(x *mediation.Meeting) { x.Result = "" }, []string{"/result required"}},
		"another result":      {"the list is closed", func(x *mediation.Meeting) { x.Result = "perhaps" }, []string{"/result unknown-code"}},
		"nobody":              {"without a party there is nothing to mediate", func(x *mediation.Meeting) { x.Attendees = nil }, []string{"/attendees party-required"}},
		"mediators only":      {"without a party there is nothing to mediate", func(x *mediation.Meeting) { x.Attendees = x.Attendees[1:] }, []string{"/attendees party-required"}},
		"a foreign party":     {"parties are those of the case", func(x *mediation.Meeting) { x.Attendees[0].Party = "other" }, []string{"/attendees/0/party unknown-party"}},
		"a party without id":  {"the record says which party", func(x *mediation.Meeting) { x.Attendees[0].Party = "" }, []string{"/attendees/0/party unknown-party"}},
		"unknown role":        {"the list is closed", func(x *mediation.Meeting) { x.Attendees[1].Role = "friend" }, []string{"/attendees/1/role unknown-code", "/invitationsConsented consent-required"}},
		"invited, not agreed": {"L20: others come with the parties' consent", func(x *mediation.Meeting) { x.Attendees = append(x.Attendees, relative) }, []string{"/invitationsConsented consent-required"}},
		"invited and agreed": {"L20: others come with the parties' consent", func(x *mediation.Meeting) {
			x.Attendees, x.InvitationsConsented = append(x.Attendees, relative), true
		}, nil},
		"public, not agreed": {"P29: not in public against the parties' will", func(x *mediation.Meeting) { x.Public = true }, []string{"/invitationsConsented consent-required"}},
		"not arranged":       {"a number is that of an arranged meeting", func(x *mediation.Meeting) { x.Number = 1 }, []string{"/number unknown-number"}},
		"a crowd":            {"a list has an end", func(x *mediation.Meeting) { x.Attendees = make([]mediation.Attendee, 301) }, []string{"/attendees too-many"}},
	})
}

func TestCase_meetingsAreNumbered(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	c = then(t, c, mediation.VerbConvene, mediation.VerbConvene)
	a := later(c, 3*time.Hour)
	meeting := plain().meeting(c, a)
	meeting.Number = 2
	held, entry, err := c.Mediate(meeting, a)
	if err != nil || held.Meetings[1].Status != mediation.MeetingHeld || held.Meetings[0].Status != mediation.MeetingPlanned || entry.Changes[0].Before == "" {
		t.Fatalf("the second was held, the first still waits: %v %+v", err, held.Meetings)
	}
	t.Run("rights are told once", func(t *testing.T) {
		a := later(held, time.Hour)
		next := plain().meeting(held, a)
		next.Number, next.RightsTold = 0, false
		after, _, err := held.Mediate(next, a)
		if err != nil || after.Meetings[2].Number != 3 {
			t.Errorf("%v %+v", err, after.Meetings)
		}
	})
	t.Run("records keep the order of time", func(t *testing.T) {
		a := later(held, time.Hour)
		next := plain().meeting(held, a)
		next.StartedAt = held.Meetings[1].StartedAt.Add(-time.Second)
		_, _, err := held.Mediate(next, a)
		sameProblems(t, err, "/startedAt before-last-meeting")
	})
	t.Run("a held meeting is not cancelled", func(t *testing.T) {
		_, _, err := held.CancelMeeting(mediation.Cancellation{Number: 2, Reason: "错"}, later(held, time.Hour))
		sameProblems(t, err, "/number unknown-number")
	})
	t.Run("a cancelled one says why", func(t *testing.T) {
		_, _, err := held.CancelMeeting(mediation.Cancellation{Number: 1}, later(held, time.Hour))
		sameProblems(t, err, "/reason required")
		after, _, err := held.CancelMeeting(mediation.Cancellation{Number: 1, Reason: "改期"}, later(held, time.Hour))
		if err != nil || after.Meetings[0].Status != mediation.MeetingCancelled || after.Meetings[0].Reason != "改期" {
			t.Errorf("%v %+v", err, after.Meetings)
		}
	})
}

func TestCase_Convene(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	a := later(c, minutes(1))
	sound := func() mediation.Arrangement {
		return mediation.Arrangement{StartsAt: a.At.Add(24 * time.Hour), Place: "调解室", Invited: "村委会主任"}
	}
	do := func(plan mediation.Arrangement) error { _, _, err := c.Convene(plan, a); return err }
	refusing(t, "invalid-meeting", sound, do, map[string]spoiled[mediation.Arrangement]{
		"no time":   {"people must know when", func(x *mediation.Arrangement) { x.StartsAt = time.Time{} }, []string{"/startsAt required"}},
		"yesterday": {"what has been is recorded, not arranged", func(x *mediation.Arrangement) { x.StartsAt = a.At.Add(-time.Second) }, []string{"/startsAt in-the-past"}},
		"nowhere":   {"people must know where", func(x *mediation.Arrangement) { x.Place = "" }, []string{"/place required"}},
	})
}

func TestCase_Investigate(t *testing.T) {
	c := in(t, mediation.StateAssigned)
	a := later(c, minutes(1))
	sound := func() mediation.Investigation {
		return mediation.Investigation{At: a.At, Place: "现场", Participants: "李调解员", Findings: "属实"}
	}
	do := func(x mediation.Investigation) error { _, _, err := c.Investigate(x, a); return err }
	refusing(t, "invalid-investigation", sound, do, map[string]spoiled[mediation.Investigation]{
		"empty":    {"a record says when, where, who and what", func(x *mediation.Investigation) { *x = mediation.Investigation{} }, []string{"/at required", "/findings required", "/participants required", "/place required"}},
		"tomorrow": {"what has not been cannot be recorded", func(x *mediation.Investigation) { x.At = a.At.Add(1) }, []string{"/at in-the-future"}},
	})
}

func TestCase_dangers(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.Danger {
		return mediation.Danger{Kind: "suicide", Signs: "留有遗书", Receiver: "派出所", ReportedAt: a.At}
	}
	refusing(t, "invalid-danger", sound, func(x mediation.Danger) error { _, _, err := c.ReportDanger(x, a); return err }, map[string]spoiled[mediation.Danger]{
		"empty":         {"what, which signs, to whom, when", func(x *mediation.Danger) { *x = mediation.Danger{} }, []string{"/kind required", "/receiver required", "/reportedAt required", "/signs required"}},
		"to be told":    {"L25: it is told at once, not later", func(x *mediation.Danger) { x.ReportedAt = a.At.Add(time.Hour) }, []string{"/reportedAt in-the-future"}},
		"settled ahead": {"what came of it is another act", func(x *mediation.Danger) { x.Prevented, x.Outcome = true, "x" }, nil},
	})
	reported, _, err := c.ReportDanger(sound(), a)
	if err != nil || reported.State != mediation.StateMediating || reported.Dangers[0].SettledAt != nil {
		t.Fatalf("%v %+v", err, reported.Dangers)
	}
	outcome := func() mediation.DangerOutcome {
		return mediation.DangerOutcome{Number: 1, Prevented: true, People: 1, Outcome: "已劝返"}
	}
	refusing(t, "invalid-danger", outcome, func(x mediation.DangerOutcome) error {
		_, _, err := reported.SettleDanger(x, later(reported, minutes(1)))
		return err
	}, map[string]spoiled[mediation.DangerOutcome]{
		"another":  {"the danger is one of the case", func(x *mediation.DangerOutcome) { x.Number = 2 }, []string{"/number unknown-number"}},
		"nobody":   {"people are counted", func(x *mediation.DangerOutcome) { x.People = -1 }, []string{"/people out-of-range"}},
		"wordless": {"what came of it is said", func(x *mediation.DangerOutcome) { x.Outcome = "" }, []string{"/outcome required"}},
	})
}

func TestCase_Suspend(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.Suspension {
		return mediation.Suspension{Reason: "appraisal", Until: day(a.At, 30), Consents: everybody(c)}
	}
	do := func(x mediation.Suspension) error { _, _, err := c.Suspend(x, a); return err }
	refusing(t, "invalid-suspension", sound, do, map[string]spoiled[mediation.Suspension]{
		"no reason":   {"mediation waits for something", func(x *mediation.Suspension) { x.Reason = "" }, []string{"/reason required"}},
		"for ever":    {"the parties set an end", func(x *mediation.Suspension) { x.Until = "" }, []string{"/until required"}},
		"until 9999":  {"an end that never comes is none", func(x *mediation.Suspension) { x.Until = "9999-01-01" }, []string{"/until out-of-range"}},
		"no such day": {"a day is a day", func(x *mediation.Suspension) { x.Until = "2026-02-30" }, []string{"/until invalid-date"}},
		"yesterday":   {"it ends later than now", func(x *mediation.Suspension) { x.Until = day(a.At, -1) }, []string{"/until too-early"}},
		"one alone":   {"the parties set it together", func(x *mediation.Suspension) { x.Consents = x.Consents[:1] }, []string{"/consents every-party-required"}},
		"twice one": {"each counts once", func(x *mediation.Suspension) { x.Consents[1] = x.Consents[0] },
			[]string{"/consents every-party-required", "/consents/1 duplicate"}},
		"a stranger": {"consent is of the parties", func(x *mediation.Suspension) { x.Consents = append(x.Consents, "x") }, []string{"/consents/2 unknown-party"}},
		"too many":   {"a list has an end", func(x *mediation.Suspension) { x.Consents = make([]mediation.ID, 201) }, []string{"/consents too-many"}},
	})
	waiting, _, err := c.Suspend(sound(), a)
	if err != nil || !waiting.Suspended() || waiting.State != mediation.StateMediating {
		t.Fatalf("%v", err)
	}
	for _, verb := range []mediation.Verb{"mediate", "investigate", "agree", "agree-orally", "fail", "suspend"} {
		_, err := plain().do(waiting, verb, later(waiting, minutes(1)))
		wantCode(t, err, mediation.Conflict, "case-incomplete")
		sameProblems(t, err, "/suspensions suspended")
	}
	for _, verb := range []mediation.Verb{"resume", "withdraw", "terminate", "transfer", "merge"} {
		d, err := plain().do(waiting, verb, later(waiting, minutes(1)))
		if err != nil || d.after.Suspended() || !strings.HasPrefix(d.entry.Changes[len(d.entry.Changes)-1].Field, "/suspensions/1/endedAt") {
			t.Errorf("%s ends the suspension and says so: %v %+v", verb, err, d.entry.Changes)
		}
	}
}

func TestCase_Extend(t *testing.T) {
	c := in(t, mediation.StateMediating)
	a := later(c, minutes(1))
	sound := func() mediation.Extension {
		return mediation.Extension{Until: day(a.At, 30), Consents: everybody(c), Reason: "案情复杂"}
	}
	do := func(x mediation.Extension) error { _, _, err := c.Extend(x, a); return err }
	refusing(t, "invalid-extension", sound, do, map[string]spoiled[mediation.Extension]{
		"one alone": {"P33: all the parties agree", func(x *mediation.Extension) { x.Consents = x.Consents[:1] }, []string{"/consents every-party-required"}},
		"no reason": {"more time for something", func(x *mediation.Extension) { x.Reason = "" }, []string{"/reason required"}},
		"backwards": {"an extension gives time", func(x *mediation.Extension) { x.Until = day(a.At, -1) }, []string{"/until too-early"}},
	})
	longer, _, err := c.Extend(sound(), a)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = longer.Extend(sound(), later(longer, minutes(1)))
	sameProblems(t, err, "/until not-later")
}

func TestCase_listsHaveAnEnd(t *testing.T) {
	c := in(t, mediation.StateMediating)
	c.Meetings = append(c.Meetings, make([]mediation.Meeting, 500)...)
	_, err := plain().do(c, mediation.VerbConvene, later(c, minutes(1)))
	wantCode(t, err, mediation.Invalid, "invalid-meeting")
	sameProblems(t, err, " too-many")
}
