package casework

import (
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// RecordPayment records that an obligation was performed, in whole or, for money, in part.
func (s *Service) RecordPayment(ctx context.Context, r Request, id mediation.ID, version int64, payment mediation.Payment) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbPerform, id, version, mediation.Case.Perform, payment)
}

// RecordBreach records that an obligation was not performed when it was due. A day that is no working day is not over
// before the next one is (民法典 art. 203).
func (s *Service) RecordBreach(ctx context.Context, r Request, id mediation.ID, version int64, breach mediation.Breach) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbBreach, id, version,
		func(c mediation.Case, breach mediation.Breach, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			after, entry, err := c.Breach(breach, act)
			if err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			return after, entry, s.breachHolds(c, breach.Instalment, act.At)
		}, breach)
}

// breachHolds asks the clocks of performance whether the obligation's day is over.
func (s *Service) breachHolds(c mediation.Case, instalment int, at time.Time) error {
	late, err := s.lateObligations(c, at)
	switch {
	case err != nil:
		return err
	case len(late) == 0:
		return mediation.Fail(mediation.Conflict, "case-incomplete",
			"Nothing is overdue: a day that is no working day ends with the next working day.", "没有逾期的义务：期限最后一日不是工作日的，顺延至其后的第一个工作日。").
			WithFields(nothingOverdue())
	case !slices.Contains(late, numbered("/agreement/instalments", instalment)):
		return mediation.Fail(mediation.Invalid, "invalid-breach", "The breach breaks a rule.", "未履行记录不符合规定。").
			WithFields(mediation.FieldError{
				Pointer: "/instalment", Code: "not-overdue",
				Message:   "It is not overdue yet: a day that is no working day ends with the next working day.",
				MessageZH: "履行期限尚未届满：最后一日不是工作日的，顺延至其后的第一个工作日。",
			})
	}
	return nil
}

func nothingOverdue() mediation.FieldError {
	return mediation.FieldError{
		Pointer: "/agreement/instalments", Code: "nothing-overdue", Message: "Nothing is overdue yet.", MessageZH: "没有逾期的义务。",
	}
}

// lateObligations are the pointers to what should have been performed by now and is not.
func (s *Service) lateObligations(c mediation.Case, at time.Time) ([]string, error) {
	clocks, err := s.clocks(c)
	var late []string
	for _, clock := range clocks {
		if clock.Deadline.Rule.ID == rulePerformance && !clock.Done && clock.Deadline.State(at) == deadline.StateOverdue {
			late = append(late, clock.About)
		}
	}
	return late, err
}

// UrgePerformance records a reminder to perform.
func (s *Service) UrgePerformance(ctx context.Context, r Request, id mediation.ID, version int64, urging mediation.Urging) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbUrge, id, version, mediation.Case.Urge, urging)
}

// VisitCase records a follow-up.
func (s *Service) VisitCase(ctx context.Context, r Request, id mediation.ID, version int64, visit mediation.Visit) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbVisit, id, version, mediation.Case.Visit, visit)
}
