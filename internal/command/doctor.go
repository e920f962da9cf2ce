package command

import (
	"context"
	"errors"
)

// DoctorCommand runs the subcommand doctor.
type DoctorCommand struct{}

// Run runs it until ctx ends.
func (c *DoctorCommand) Run(ctx context.Context, streams IO) error {
	return errors.New("not built yet")
}
