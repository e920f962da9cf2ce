package casework

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// monday is 23 November 2026, noon in China.
var monday = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func after(days int) time.Time { return monday.AddDate(0, 0, days) }

func moment(days int) *time.Time {
	at := after(days)
	return &at
}

func onDay(days int) string { return mediation.LegalDay(after(days)) }

// accepted is a case taken on on Monday, as each case of the table begins.
func accepted(change func(c *mediation.Case)) mediation.Case {
	c := mediation.Case{
		Type: "02", State: mediation.StateMediating, FiledAt: after(-1), AcceptedAt: moment(0),
		Mediators: []mediation.Mediator{{Subject: "li", Host: true}},
	}
	change(&c)
	return c
}

// agreement takes effect on the Friday after, with money due on 10 December and a wall on Saturday 12 December.
func agreement(change func(c *mediation.Case)) mediation.Case {
	return accepted(func(c *mediation.Case) {
		c.State = mediation.StateAgreed
		c.Agreement = &mediation.Agreement{Form: mediation.AgreementWritten, EffectiveOn: "2026-11-27", Instalments: []mediation.Instalment{
			{Number: 1, Obligation: mediation.Obligation{Kind: mediation.ObligationMoney, Amount: 100, Due: "2026-12-10"}},
			{Number: 2, Obligation: mediation.Obligation{Kind: mediation.ObligationAct, Due: "2026-12-12"}},
		}}
		change(c)
	})
}

func nothing(*mediation.Case) {}

// Each line of want is: rule, its pointer, the last day or "paused", and done where it is.
func TestClocksOf(t *testing.T) {
	for reason, tc := range map[string]struct {
		c    mediation.Case
		want []string
	}{
		"a filed case waits for one working day": {
			mediation.Case{State: mediation.StatePendingAcceptance, FiledAt: monday}, []string{"acceptance 2026-11-24"},
		},
		"filed on a Friday, the weekend does not count": {
			mediation.Case{State: mediation.StatePendingAcceptance, FiledAt: after(-3)}, []string{"acceptance 2026-11-23"},
		},
		"a refused case is to be closed": {
			mediation.Case{State: mediation.StateRefused, FiledAt: after(-1), EndedAt: moment(0)},
			[]string{"acceptance 2026-11-23 done", "closing 2026-12-03"},
		},
		"an accepted case is assigned on the same day": {
			accepted(func(c *mediation.Case) { c.State, c.Mediators = mediation.StateAccepted, nil }),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23", "mediation 2026-12-23"},
		},
		"mediation takes a month": {
			accepted(nothing), []string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23"},
		},
		"a medical dispute takes 30 working days, past New Year": {
			accepted(func(c *mediation.Case) { c.Type = mediation.DisputeMedical }),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation-medical 2027-01-05"},
		},
		"an open suspension stops the month": {
			accepted(func(c *mediation.Case) {
				c.Suspensions = []mediation.Suspension{{Number: 1, Reason: "appraisal", From: after(3)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation paused"},
		},
		"a suspension that is over moved it by ten days, and Saturday rolls": {
			accepted(func(c *mediation.Case) {
				c.Suspensions = []mediation.Suspension{{Number: 1, Reason: "appraisal", From: after(3), EndedAt: moment(13)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2027-01-04"},
		},
		"talks do not stop the term of medical disputes": {
			accepted(func(c *mediation.Case) {
				c.Type = mediation.DisputeMedical
				c.Suspensions = []mediation.Suspension{{Number: 1, Reason: "negotiation", From: after(3)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation-medical 2027-01-05"},
		},
		"extended with everybody's consent": {
			accepted(func(c *mediation.Case) {
				c.Extensions = []mediation.Extension{{Number: 1, Until: "2027-01-15", At: after(20)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2027-01-15"},
		},
		"what was agreed too late for the rule of the corrected type does not count": {
			accepted(func(c *mediation.Case) {
				c.Extensions = []mediation.Extension{{Number: 1, Until: "2027-01-15", At: after(35)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23"},
		},
		"a failed case": {
			accepted(func(c *mediation.Case) { c.State, c.EndedAt = mediation.StateFailed, moment(9) }),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done", "closing 2026-12-14"},
		},
		"a failed case that a court has: nobody is late in closing it": {
			accepted(func(c *mediation.Case) {
				c.State, c.EndedAt = mediation.StateFailed, moment(9)
				c.Referrals = []mediation.Referral{{Number: 1, Route: "court", ReceivedOn: onDay(10)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done"},
		},
		"once the court has answered, closing is due from that day": {
			accepted(func(c *mediation.Case) {
				c.State, c.EndedAt = mediation.StateFailed, moment(9)
				c.Referrals = []mediation.Referral{{Number: 1, Route: "court", ReceivedOn: onDay(10), Outcome: "judged", OutcomeOn: "2026-12-20"}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done", "closing 2026-12-30"},
		},
		"roads with a clock of their own run from the receipt": {
			accepted(func(c *mediation.Case) {
				c.Type = "10"
				c.Referrals = []mediation.Referral{
					{Number: 1, Route: "legal-aid"},
					{Number: 2, Route: "legal-aid", ReceivedOn: onDay(0)},
					{Number: 3, Route: "appraisal", ReceivedOn: onDay(0), Outcome: "opinion", OutcomeOn: onDay(9)},
					{Number: 4, Route: "arbitration", ReceivedOn: onDay(0)},
					{Number: 5, Route: "psychology-relief", ReceivedOn: onDay(0)},
				}
			}),
			[]string{
				"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23",
				"legal-aid-decision/referrals/2 2026-11-30", "appraisal/referrals/3 2027-01-05 done", "labour-award/referrals/4 2027-01-07",
			},
		},
		"commercial arbitration has no clock here": {
			accepted(func(c *mediation.Case) {
				c.Referrals = []mediation.Referral{{Number: 1, Route: "arbitration", ReceivedOn: onDay(0)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23"},
		},
		"transferred: closed once the receiver has it": {
			accepted(func(c *mediation.Case) {
				c.State, c.EndedAt = mediation.StateTransferred, moment(1)
				c.Transfers = []mediation.Transfer{{Number: 1, SentOn: onDay(1), ReceivedOn: "2026-12-01"}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done", "closing 2026-12-11"},
		},
		"transferred and not received": {
			accepted(func(c *mediation.Case) {
				c.State, c.EndedAt = mediation.StateTransferred, moment(1)
				c.Transfers = []mediation.Transfer{{Number: 1, SentOn: onDay(1)}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done"},
		},
		"taken back: assigned anew, on that day": {
			accepted(func(c *mediation.Case) {
				c.State, c.Mediators = mediation.StateAccepted, nil
				c.Transfers = []mediation.Transfer{{Number: 1, SentOn: onDay(1), ReturnedOn: "2026-12-01"}}
			}),
			[]string{"acceptance 2026-11-23 done", "assignment 2026-12-01", "mediation 2026-12-23"},
		},
		"taken back before it was accepted: decided anew": {
			mediation.Case{
				State: mediation.StatePendingAcceptance, FiledAt: after(-10),
				Transfers: []mediation.Transfer{{Number: 1, SentOn: onDay(-9), ReturnedOn: onDay(0)}},
			},
			[]string{"acceptance 2026-11-24"},
		},
	} {
		t.Run(reason, func(t *testing.T) { wantClocks(t, tc.c, tc.want) })
	}
}

func TestClocksOf_agreement(t *testing.T) {
	mediated := []string{"acceptance 2026-11-23 done", "assignment 2026-11-23 done", "mediation 2026-12-23 done"}
	for reason, tc := range map[string]struct {
		c    mediation.Case
		want []string
	}{
		"30 days for the court, Sunday rolls; each obligation on its day, Saturday rolls; a visit after": {
			agreement(nothing), []string{
				"confirmation-application/agreement 2026-12-28", "performance/agreement/instalments/1 2026-12-10",
				"performance/agreement/instalments/2 2026-12-14", "follow-up/agreement 2027-01-13",
			},
		},
		"an oral agreement is not confirmed": {
			agreement(func(c *mediation.Case) { c.Agreement.Form = mediation.AgreementOral }), []string{
				"performance/agreement/instalments/1 2026-12-10", "performance/agreement/instalments/2 2026-12-14", "follow-up/agreement 2027-01-13",
			},
		},
		"applied: the court has 3 days to take it, then 15": {
			agreement(func(c *mediation.Case) { c.Confirmation = &mediation.Confirmation{AppliedOn: "2026-12-01"} }), []string{
				"confirmation-application/agreement 2026-12-28 done", "confirmation-decision/confirmation 2026-12-21",
				"performance/agreement/instalments/1 2026-12-10", "performance/agreement/instalments/2 2026-12-14", "follow-up/agreement 2027-01-13",
			},
		},
		"not accepted by the court: the parties can ask again": {
			agreement(func(c *mediation.Case) {
				c.Confirmation = &mediation.Confirmation{AppliedOn: "2026-12-01", Outcome: mediation.ConfirmationNotAccepted, DecidedOn: "2026-12-02"}
			}), []string{
				"confirmation-application/agreement 2026-12-28", "confirmation-decision/confirmation 2026-12-21 done",
				"performance/agreement/instalments/1 2026-12-10", "performance/agreement/instalments/2 2026-12-14", "follow-up/agreement 2027-01-13",
			},
		},
		"one performed, one breached: to be closed within ten days": {
			agreement(func(c *mediation.Case) {
				c.Agreement.Instalments[0].DoneOn, c.Agreement.Instalments[1].BreachedOn = "2026-12-09", "2026-12-15"
			}), []string{
				"confirmation-application/agreement 2026-12-28", "performance/agreement/instalments/1 2026-12-10 done",
				"performance/agreement/instalments/2 2026-12-14 done", "follow-up/agreement 2027-01-13", "closing 2026-12-25",
			},
		},
		"all performed early and visited after": {
			agreement(func(c *mediation.Case) {
				c.Agreement.Instalments[0].DoneOn, c.Agreement.Instalments[1].DoneOn = "2026-12-01", "2026-12-02"
				c.Visits = []mediation.Visit{{Number: 1, On: "2026-12-03"}}
			}), []string{
				"confirmation-application/agreement 2026-12-28 done", "performance/agreement/instalments/1 2026-12-10 done",
				"performance/agreement/instalments/2 2026-12-14 done", "follow-up/agreement 2027-01-13 done", "closing 2026-12-14",
			},
		},
		"a visit before performance is not the follow-up; closed, the file is to be bound": {
			agreement(func(c *mediation.Case) {
				c.Agreement.Instalments[0].DoneOn, c.Agreement.Instalments[1].DoneOn = "2026-12-01", "2026-12-02"
				c.Visits = []mediation.Visit{{Number: 1, On: "2026-11-30"}}
				c.State, c.EndedAt = mediation.StateClosed, moment(15)
				c.Closure = &mediation.Closure{Outcome: mediation.StateAgreed, At: after(15)}
			}), []string{
				"confirmation-application/agreement 2026-12-28 done", "performance/agreement/instalments/1 2026-12-10 done",
				"performance/agreement/instalments/2 2026-12-14 done", "follow-up/agreement 2027-01-13", "closing 2026-12-14 done",
				"archiving/closure 2027-01-07",
			},
		},
	} {
		t.Run(reason, func(t *testing.T) { wantClocks(t, tc.c, slices.Concat(mediated, tc.want)) })
	}
}

func wantClocks(t *testing.T, c mediation.Case, want []string) {
	t.Helper()
	clocks, err := clocksOf(c, deadline.BaseRules(), deadline.BaseCalendar())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, clock := range clocks {
		line := clock.Deadline.Rule.ID + clock.About + " " + clock.Deadline.DueDate.String()
		if clock.Deadline.Paused {
			line += "paused"
		}
		if clock.Done {
			line += " done"
		}
		if len(clock.Deadline.Explanation.Lines) == 0 {
			t.Errorf("%s is not explained", line)
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestClocksOf_impossibleDay(t *testing.T) {
	c := agreement(func(c *mediation.Case) { c.Agreement.Instalments[1].Due = "3000-01-01" })
	_, err := clocksOf(c, deadline.BaseRules(), deadline.BaseCalendar())
	if mediation.CodeOf(err) != "invalid-deadline" || !strings.Contains(err.Error(), "/agreement/instalments/2 date") {
		t.Errorf("%v", err)
	}
}

// A place that has switched a proposed clock off does not run it; one that shortens mediation shortens it here.
func TestClocksOf_placesOwnRules(t *testing.T) {
	layer, err := deadline.ParseRules([]byte(`{"version": "1", "level": "county", "unit": "371621", "rules": [
		{"id": "assignment", "off": true},
		{"id": "mediation", "length": 20, "unit": "day", "basis": [{"law": {"zh": "县级办法", "en": "county rules"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := deadline.MergeRules(deadline.BaseRulesDocument(), layer)
	if err != nil {
		t.Fatal(err)
	}
	clocks, err := clocksOf(accepted(nothing), rules, deadline.BaseCalendar())
	if err != nil || len(clocks) != 2 || clocks[1].Deadline.DueDate.String() != "2026-12-14" {
		t.Errorf("%v %+v", err, clocks)
	}
}

func TestRows(t *testing.T) {
	c := accepted(func(c *mediation.Case) {
		c.Suspensions = []mediation.Suspension{{Number: 1, Reason: "appraisal", From: after(3)}}
	})
	clocks, err := clocksOf(c, deadline.BaseRules(), deadline.BaseCalendar())
	if err != nil {
		t.Fatal(err)
	}
	stored := rows(clocks)
	if len(stored) != 3 || stored[0].State != ClockDone || stored[0].Due.IsZero() || stored[2].State != ClockPaused || !stored[2].Due.IsZero() ||
		!stored[2].Started.Equal(monday) || stored[2].Rule != "mediation" {
		t.Errorf("%+v", stored)
	}
}
