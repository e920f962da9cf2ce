package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// Actions lists what the actor may do with the case now, and of the rest what is missing: in the case itself, in the
// time that is left, and in the tenant.
func (s *Service) Actions(ctx context.Context, r Request, id mediation.ID) ([]mediation.ActionState, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseActions, id)
	if err != nil {
		return nil, err
	}
	t, err := s.store.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	at := s.actAfter(r, c).At
	actions := c.Actions(r.Actor, at)
	for i, action := range actions {
		if !action.Allowed {
			continue
		}
		if missing := s.missingOutside(c, t, action.Verb, at); missing != nil {
			actions[i].Allowed, actions[i].Missing = false, missing
		}
	}
	return actions, nil
}

// missingOutside is what the case alone cannot know: each reason with the code that the verb itself would refuse with.
func (s *Service) missingOutside(c mediation.Case, t Tenant, verb mediation.Verb, at time.Time) []mediation.Missing {
	if err := writable(t); err != nil {
		return reason(err)
	}
	switch verb {
	case mediation.VerbExtend:
		return s.outOfTime(c, at)
	case mediation.VerbBreach:
		return s.nothingLate(c, at)
	case mediation.VerbReopen, mediation.VerbSplit:
		if err := room(t); err != nil {
			return reason(err)
		}
	}
	return nil
}

// outOfTime tells that the clock of mediation has run out, so that nothing extends it any more.
func (s *Service) outOfTime(c mediation.Case, at time.Time) []mediation.Missing {
	clocks, err := s.clocks(c)
	if err != nil {
		return reason(err)
	}
	late := slices.ContainsFunc(clocks, func(clock Clock) bool {
		id := clock.Deadline.Rule.ID
		return (id == ruleMediation || id == ruleMediationMedical) && clock.Deadline.State(at) == deadline.StateOverdue
	})
	if !late {
		return nil
	}
	return []mediation.Missing{{
		Code: codeLate, Pointer: "/extensions", ZH: "期限届满后不能再延长。", EN: "A clock that has run out cannot be extended.",
	}}
}

// nothingLate tells that no obligation's day is over by its clock.
func (s *Service) nothingLate(c mediation.Case, at time.Time) []mediation.Missing {
	late, err := s.lateObligations(c, at)
	switch {
	case err != nil:
		return reason(err)
	case len(late) > 0:
		return nil
	}
	gap := nothingOverdue()
	return []mediation.Missing{{Code: gap.Code, Pointer: gap.Pointer, ZH: gap.MessageZH, EN: gap.Message}}
}

func reason(err error) []mediation.Missing {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return []mediation.Missing{{Code: "unavailable", ZH: err.Error(), EN: err.Error()}}
	}
	return []mediation.Missing{{Code: refusal.Code, ZH: refusal.MessageZH, EN: refusal.Message}}
}
