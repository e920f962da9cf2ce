package command

import (
	"context"
	"errors"
)

// VersionCommand runs the subcommand version.
type VersionCommand struct{}

// Run runs it until ctx ends.
func (c *VersionCommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
