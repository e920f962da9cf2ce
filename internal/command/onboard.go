package command

import (
	"context"
	"errors"
)

// OnboardCommand runs the subcommand onboard.
type OnboardCommand struct{}

// Run runs it until ctx ends.
func (c *OnboardCommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
