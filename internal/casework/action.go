package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Actions lists what the actor may do with the case now, and of the rest what is missing.
func (s *Service) Actions(ctx context.Context, r Request, id mediation.ID) ([]mediation.ActionState, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseActions, id)
	if err != nil {
		return nil, err
	}
	return c.Actions(r.Actor, s.actAfter(r, c).At), nil
}
