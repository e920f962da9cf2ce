package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// NoticeQuery filters a person's inbox.
type NoticeQuery = mediation.NoticeQuery

// Told is a notice with the case it is about: what the case's row holds, as in a list.
type Told struct {
	mediation.Notice
	Of mediation.Case
}

// Inbox is one page of a person's notices, newest first. Next is nil on the last.
type Inbox struct {
	Notices []Told
	Next    *Position
	Total   Total // of the query
	Unread  Total // of everything the person was told in this tenant
}

// NoticeStore reads what people were told.
type NoticeStore interface {
	// ListNotices takes a checked query.
	ListNotices(ctx context.Context, who mediation.Principal, query NoticeQuery) (Inbox, error)
	// FindNotice reads anybody's notice; NotFound "unknown-notice".
	FindNotice(ctx context.Context, id mediation.ID) (Told, error)
}

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

// Notices lists what the actor was told, and nobody else's. The title of a case is there for who may see it now.
func (s *Service) Notices(ctx context.Context, r Request, query NoticeQuery) (Inbox, error) {
	if err := s.permit(r, mediation.ActionNoticeList); err != nil {
		return Inbox{}, err
	}
	query, err := query.Checked()
	if err != nil {
		return Inbox{}, err
	}
	scope := r.Actor.Scope()
	query.Scope = &scope
	inbox, err := s.store.ListNotices(ctx, r.Actor.Principal, query)
	if err != nil {
		return Inbox{}, err
	}
	for i, told := range inbox.Notices {
		inbox.Notices[i] = readable(r, told)
	}
	return inbox, nil
}

// readable takes the title away from somebody who may not see it: since the notice was written the person may have
// been recused.
func readable(r Request, told Told) Told {
	if told.Of.Permit(r.Actor, mediation.ActionCaseNames) != nil {
		told.Of.Title = ""
	}
	return told
}

// ReadNotice marks one of the actor's notices as read. Marking is nobody else's business: it works in a suspended
// tenant too, and leaves no entry in a journal.
func (s *Service) ReadNotice(ctx context.Context, r Request, id mediation.ID) (Told, Receipt, error) {
	if err := s.permit(r, mediation.ActionNoticeRead); err != nil {
		return Told{}, Receipt{}, err
	}
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		return Receipt{ID: string(id)}, tx.ReadNotice(ctx, r.Actor.Principal, id, s.moment())
	})
	if err != nil {
		return Told{}, Receipt{}, err
	}
	told, err := s.mine(ctx, r, id)
	return told, receipt, err
}

// ReadNotices marks the actor's notices up to and including one of them as read, and says how many were not before.
func (s *Service) ReadNotices(ctx context.Context, r Request, upTo mediation.ID) (int, Receipt, error) {
	if err := s.permit(r, mediation.ActionNoticeRead); err != nil {
		return 0, Receipt{}, err
	}
	last, err := s.mine(ctx, r, upTo)
	if err != nil {
		return 0, Receipt{}, err
	}
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		n, err := tx.ReadNotices(ctx, r.Actor.Principal, Position{At: last.At, ID: last.ID}, s.moment())
		return Receipt{ID: string(upTo), Version: int64(n)}, err
	})
	return int(receipt.Version), receipt, err
}

// mine reads a notice of the actor; a stranger's is as unknown as one that never was.
func (s *Service) mine(ctx context.Context, r Request, id mediation.ID) (Told, error) {
	told, err := s.store.FindNotice(ctx, id)
	if err != nil {
		return Told{}, err
	}
	if told.To.Issuer != r.Actor.Issuer || told.To.Subject != r.Actor.Subject || !r.Actor.Scope().Tells(told.Notice, told.Of) {
		return Told{}, mediation.UnknownNotice()
	}
	return readable(r, told), nil
}

// Deliveries tells how a notice, whoever was told, left the house.
func (s *Service) Deliveries(ctx context.Context, r Request, id mediation.ID) (Told, []Delivery, error) {
	if err := s.permit(r, mediation.ActionNoticeDeliveries); err != nil {
		return Told{}, nil, err
	}
	told, err := s.store.FindNotice(ctx, id)
	if err != nil {
		return Told{}, nil, err
	}
	if err := told.Of.Permit(r.Actor, mediation.ActionNoticeDeliveries); err != nil {
		return Told{}, nil, err
	}
	deliveries, err := s.store.Deliveries(ctx, id)
	return readable(r, told), deliveries, err
}
