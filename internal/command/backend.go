package command

import (
	"context"
	"errors"
	"log/slog"

	"tiaojie.dev/tiaojie/internal/httpapi"
)

// installation is the use cases of one tenant or of all, with the pools below them.
type installation interface {
	httpapi.Backend
	Close()
}

// open introduces PostgreSQL to the API.
func (c *APICommand) open(context.Context, *slog.Logger) (installation, error) {
	return nil, errors.New("not built yet")
}
