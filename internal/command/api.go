package command

import (
	"context"
	"errors"
)

// APICommand runs the subcommand api.
type APICommand struct{}

// Run runs it until ctx ends.
func (c *APICommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
