package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// FollowNotices tells heard, as soon as it is committed, which tenant of the county has something to deliver. It has a
// connection of its own and returns when that is lost or ctx ends; what was told meanwhile is found by looking.
func (s *Shared) FollowNotices(ctx context.Context, county string, heard func(tenant string)) error {
	c, err := s.directory.County(ctx, county)
	if err != nil {
		return err
	}
	config, err := s.login(c).Config()
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return refusal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `LISTEN `+NoticeChannel); err != nil {
		return refusal(err)
	}
	for {
		told, err := conn.WaitForNotification(ctx)
		if err != nil {
			return refusal(err)
		}
		// Any role of the county may notify: only a tenant of the county is believed, and all that follows is a look.
		if code := told.Payload; len(code) == 9 && strings.HasPrefix(code, county) {
			heard(code)
		}
	}
}
