package casework

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// The rules whose events a case records. Other rules of the table wait for events that are recorded elsewhere, or not
// yet: a court's file, a hotline order, a petition.
const (
	ruleAcceptance              = "acceptance"
	ruleAssignment              = "assignment"
	ruleMediation               = "mediation"
	ruleMediationMedical        = "mediation-medical"
	ruleConfirmationApplication = "confirmation-application"
	ruleConfirmationAcceptance  = "confirmation-acceptance"
	ruleConfirmationDecision    = "confirmation-decision"
	rulePerformance             = "performance"
	ruleFollowUp                = "follow-up"
	ruleClosing                 = "closing"
	ruleArchiving               = "archiving"
)

// routeRules are the rules of the roads beside mediation. They start with the receiver's receipt.
var routeRules = map[mediation.Route]string{
	"appraisal":       "appraisal",
	"legal-aid":       "legal-aid-decision",
	"notary":          "notary",
	"reconsideration": "reconsideration-decision",
}

// ruleLabourAward holds for arbitration of labour disputes alone; commercial arbitration has its own commission's rules.
const ruleLabourAward = "labour-award"

var labourTypes = []mediation.DisputeType{"10", "11"}

// event is what starts a clock of a case, and whether what it asks for has happened.
type event struct {
	rule       string
	at         time.Time
	about      string // pointer into the case, "" for the case itself
	done       bool
	pauses     []deadline.Pause
	extensions []deadline.Extension
}

// clockwork computes the clocks of one case; the first refusal stops it.
type clockwork struct {
	rules    *deadline.Rules
	calendar *deadline.Calendar
	clocks   []Clock
	err      error
}

// clocksOf lists the clocks of a case in the order of its life. A rule that the place has switched off runs no clock.
func clocksOf(c mediation.Case, rules *deadline.Rules, calendar *deadline.Calendar) ([]Clock, error) {
	w := &clockwork{rules: rules, calendar: calendar}
	w.intake(c)
	w.mediation(c)
	w.routes(c)
	w.confirmation(c)
	w.performance(c)
	w.ending(c)
	return w.clocks, w.err
}

func (s *Service) clocks(c mediation.Case) ([]Clock, error) { return clocksOf(c, s.rules, s.calendar) }

// run computes the clock of an event and keeps it. It gives no day where there is no such rule, or no end yet.
func (w *clockwork) run(e event) deadline.Date {
	result, known := w.compute(e)
	if !known || w.err != nil {
		return deadline.Date{}
	}
	w.clocks = append(w.clocks, Clock{Deadline: result, About: e.about, Done: e.done})
	return result.DueDate
}

// compute leaves out extensions that the rule does not allow: they were agreed under another rule, before the case's
// type was put right.
func (w *clockwork) compute(e event) (result deadline.Deadline, known bool) {
	rule, known := w.rules.Rule(e.rule)
	if !known || w.err != nil {
		return result, false
	}
	extensions := allowed(rule, e, w.calendar)
	result, err := deadline.Compute(rule, e.at, e.pauses, extensions, w.calendar)
	w.fail(e.about, err)
	return result, true
}

func allowed(rule deadline.Rule, e event, calendar *deadline.Calendar) []deadline.Extension {
	var kept []deadline.Extension
	for _, extension := range e.extensions {
		if _, err := deadline.Compute(rule, e.at, e.pauses, append(slices.Clone(kept), extension), calendar); err == nil {
			kept = append(kept, extension)
		}
	}
	return kept
}

// day is the first moment of a day of the case.
func (w *clockwork) day(about, text string) time.Time {
	date, err := deadline.ParseDate(text)
	w.fail(about, err)
	return date.Begin()
}

func (w *clockwork) fail(about string, err error) {
	if err != nil && w.err == nil {
		w.err = refusedBy(err, about)
	}
}

// refusedBy is a refusal of package deadline in the words of this one.
func refusedBy(err error, about string) error {
	var refusal *deadline.Error
	if !errors.As(err, &refusal) {
		return err
	}
	return mediation.Fail(mediation.Invalid, "invalid-deadline",
		"No deadline can be computed from this: put the day right.", "无法据此计算期限，请更正日期。").
		WithFields(mediation.FieldError{Pointer: about, Code: refusal.Code, Message: refusal.Message.EN, MessageZH: refusal.Message.ZH})
}

// intake: the committee decides on acceptance, then names who mediates. A case that came back is decided or assigned
// anew from that day on.
func (w *clockwork) intake(c mediation.Case) {
	registered := c.FiledAt
	if c.AcceptedAt == nil {
		registered = later(registered, w.lastReturn(c))
	}
	w.run(event{rule: ruleAcceptance, at: registered, done: c.State != mediation.StatePendingAcceptance})
	if c.AcceptedAt != nil {
		w.run(event{
			rule: ruleAssignment, at: later(*c.AcceptedAt, w.lastReturn(c)),
			done: c.State != mediation.StateAccepted || len(c.Mediators) > 0,
		})
	}
}

// lastReturn is the day on which the case came back from another body last; the zero time when it never did.
func (w *clockwork) lastReturn(c mediation.Case) time.Time {
	var last time.Time
	for _, transfer := range c.Transfers {
		if transfer.ReturnedOn != "" {
			last = later(last, w.day(numbered("/transfers", transfer.Number), transfer.ReturnedOn))
		}
	}
	return last
}

func (w *clockwork) mediation(c mediation.Case) {
	if e, runs := mediationEvent(c); runs {
		w.run(e)
	}
}

// mediationEvent is the clock of mediation itself: a month, or the term of medical disputes. It stands still while the
// case is suspended, as far as the rule knows the reason.
func mediationEvent(c mediation.Case) (event, bool) {
	if c.AcceptedAt == nil {
		return event{}, false
	}
	working := []mediation.State{mediation.StateAccepted, mediation.StateAssigned, mediation.StateInvestigating, mediation.StateMediating}
	e := event{rule: ruleMediation, at: *c.AcceptedAt, done: !slices.Contains(working, c.State)}
	if c.Type == mediation.DisputeMedical {
		e.rule = ruleMediationMedical
	}
	for _, suspension := range c.Suspensions {
		pause := deadline.Pause{Kind: deadline.PauseKind(suspension.Reason), From: suspension.From}
		if suspension.EndedAt != nil {
			pause.To = *suspension.EndedAt
		}
		e.pauses = append(e.pauses, pause)
	}
	for _, extension := range c.Extensions {
		e.extensions = append(e.extensions, agreedExtension(extension))
	}
	return e, true
}

// agreedExtension has no day when the text is none; the rule then refuses it.
func agreedExtension(extension mediation.Extension) deadline.Extension {
	until, _ := deadline.ParseDate(extension.Until)
	return deadline.Extension{Until: until, By: deadline.ByConsent, At: extension.At}
}

func (w *clockwork) routes(c mediation.Case) {
	for _, referral := range c.Referrals {
		rule, known := routeRules[referral.Route]
		if referral.Route == "arbitration" && slices.Contains(labourTypes, c.Type) {
			rule, known = ruleLabourAward, true
		}
		if !known || referral.ReceivedOn == "" {
			continue
		}
		about := numbered("/referrals", referral.Number)
		w.run(event{rule: rule, at: w.day(about, referral.ReceivedOn), about: about, done: referral.Outcome != ""})
	}
}

// confirmation: the parties have 30 days; then the court has its own. Nobody tells the committee on which day the court
// took the application, so the time for its decision is counted from the last day it had for that.
func (w *clockwork) confirmation(c mediation.Case) {
	if c.Agreement == nil || !c.Agreement.Confirmable() {
		return
	}
	w.run(confirmationEvent(w, c))
	if c.Confirmation == nil {
		return
	}
	applied := event{rule: ruleConfirmationAcceptance, at: w.day("/confirmation/appliedOn", c.Confirmation.AppliedOn)}
	if taken, known := w.compute(applied); known {
		w.run(event{rule: ruleConfirmationDecision, at: taken.DueDate.Begin(), about: "/confirmation", done: c.Confirmation.Outcome != ""})
	}
}

// confirmationEvent ends with the application, or when nothing is left to enforce. An application that the court did
// not accept can be made again.
func confirmationEvent(w *clockwork, c mediation.Case) event {
	applied := c.Confirmation != nil && c.Confirmation.Outcome != mediation.ConfirmationNotAccepted
	return event{
		rule: ruleConfirmationApplication, at: w.day("/agreement/effectiveOn", c.Agreement.EffectiveOn), about: "/agreement",
		done: applied || c.Performance() == mediation.PerformancePerformed || c.Closure != nil,
	}
}

// lastDayToConfirm is the last of the days in which the parties can ask the court, or "" for a case without such days:
// the rules of mediation then say what is missing.
func (s *Service) lastDayToConfirm(c mediation.Case) (string, error) {
	if c.Agreement == nil || !c.Agreement.Confirmable() {
		return "", nil
	}
	w := &clockwork{rules: s.rules, calendar: s.calendar}
	clock, _ := w.compute(confirmationEvent(w, c))
	return clock.DueDate.String(), w.err
}

// performance: each obligation on its day, and a visit after the last.
func (w *clockwork) performance(c mediation.Case) {
	if c.Agreement == nil {
		return
	}
	var last deadline.Date
	for _, instalment := range c.Agreement.Instalments {
		about := numbered("/agreement/instalments", instalment.Number)
		due := w.run(event{
			rule: rulePerformance, at: w.day(about, instalment.Due), about: about,
			done: instalment.DoneOn != "" || instalment.BreachedOn != "",
		})
		if due.After(last) {
			last = due
		}
	}
	if !last.IsZero() {
		w.run(event{rule: ruleFollowUp, at: last.Begin(), about: "/agreement", done: c.Volume != nil || visitedAfter(c, last)})
	}
}

// visitedAfter tells whether somebody looked after the parties once performance was due, or done before it was.
func visitedAfter(c mediation.Case, due deadline.Date) bool {
	from := due.String()
	if done := lastSettled(c); c.Performance() == mediation.PerformancePerformed && done < from {
		from = done
	}
	return slices.ContainsFunc(c.Visits, func(v mediation.Visit) bool { return v.On >= from })
}

// lastSettled is the last day on which an obligation was performed, or recorded as breached.
func lastSettled(c mediation.Case) string {
	last := ""
	for _, instalment := range c.Agreement.Instalments {
		last = max(last, instalment.DoneOn, instalment.BreachedOn)
	}
	return last
}

func (w *clockwork) ending(c mediation.Case) {
	if reached, at := w.outcome(c); reached {
		w.run(event{rule: ruleClosing, at: at, done: c.Closure != nil})
	}
	if c.Closure != nil {
		w.run(event{rule: ruleArchiving, at: c.Closure.At, about: "/closure", done: c.Volume != nil})
	}
}

// outcome is when nothing was left to wait for: mediation is over, what was agreed is settled, each road and the court
// have answered. Before that a case is not late in closing.
func (w *clockwork) outcome(c mediation.Case) (reached bool, at time.Time) {
	if len(c.OpenReferrals()) > 0 || c.ConfirmationState() == mediation.ConfirmationApplied {
		return false, at
	}
	switch outcome := c.Outcome(); {
	case outcome == mediation.StateAgreed:
		if !settled(c) {
			return false, at
		}
		at = w.day("/agreement/instalments", lastSettled(c))
	case outcome == mediation.StateTransferred:
		receipt := c.Transfers[len(c.Transfers)-1]
		if receipt.ReceivedOn == "" {
			return false, at
		}
		at = later(*c.EndedAt, w.day(numbered("/transfers", receipt.Number), receipt.ReceivedOn))
	case outcome.Ended():
		at = *c.EndedAt
	default:
		return false, at
	}
	for _, referral := range c.Referrals {
		at = later(at, w.day(numbered("/referrals", referral.Number), referral.OutcomeOn))
	}
	if c.Confirmation != nil {
		at = later(at, w.day("/confirmation", c.Confirmation.DecidedOn))
	}
	return true, at
}

func settled(c mediation.Case) bool {
	return !slices.ContainsFunc(c.Agreement.Instalments, func(i mediation.Instalment) bool { return i.DoneOn == "" && i.BreachedOn == "" })
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func numbered(path string, number int) string { return path + "/" + strconv.Itoa(number) }

// rows are the clocks as they are stored.
func rows(clocks []Clock) []ClockRow {
	stored := make([]ClockRow, 0, len(clocks))
	for _, clock := range clocks {
		stored = append(stored, clock.row())
	}
	return stored
}

func (c Clock) row() ClockRow {
	row := ClockRow{Rule: c.Deadline.Rule.ID, Started: c.Deadline.Start, Due: c.Deadline.Due, Warn: c.Deadline.WarnAt, State: ClockOpen}
	switch {
	case c.Done:
		row.State = ClockDone
	case c.Deadline.Paused:
		row.State = ClockPaused
	}
	return row
}
