package command

import (
	"context"
	"errors"
)

// TokenCommand runs the subcommand token.
type TokenCommand struct{}

// Run runs it until ctx ends.
func (c *TokenCommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
