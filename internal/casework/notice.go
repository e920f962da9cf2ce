package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// NoticeTx keeps what people are told in the transaction that gives the reason for it.
type NoticeTx interface {
	// Notify stores one notice for each person: a role becomes its holders of this moment, and nobody is told the same
	// of a case twice. It wakes whoever delivers once the transaction is committed, and not before.
	Notify(ctx context.Context, notices ...mediation.Notice) error
	// ReadNotices marks the person's unread notices up to and including the position, and says how many that were.
	ReadNotices(ctx context.Context, who mediation.Principal, upTo mediation.Position, at time.Time) (int, error)
	// ReadNotice marks one notice of the person; NotFound "unknown-notice". What was read before stays as it is.
	ReadNotice(ctx context.Context, who mediation.Principal, id mediation.ID, at time.Time) error
}

// notify tells whom a step of a case concerns. It is part of every change of a case.
func notify(ctx context.Context, tx Tx, before, after mediation.Case, entry mediation.Entry) error {
	notices := mediation.Told(before, after, entry)
	if len(notices) == 0 {
		return nil
	}
	return tx.Notify(ctx, notices...)
}
