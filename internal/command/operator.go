package command

import (
	"context"
	"errors"
)

// OperatorCommand runs the subcommand operator.
type OperatorCommand struct{}

// Run runs it until ctx ends.
func (c *OperatorCommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
