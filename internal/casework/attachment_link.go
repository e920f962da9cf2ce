package casework

import (
	"context"
	"crypto/hmac"
	"errors"
	"io"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// LinkAttachment makes a link that opens one file without a token for mediation.LinkLife, in the name of the actor, and
// gives its seal: see AttachmentStore.LinkSeal. A request that is sent again makes another link.
func (s *Service) LinkAttachment(ctx context.Context, r Request, of, id mediation.ID) (mediation.AttachmentLink, []byte, error) {
	if _, err := s.opened(ctx, r, mediation.ActionAttachmentLink, of); err != nil {
		return mediation.AttachmentLink{}, nil, err
	}
	a, err := s.store.FindAttachment(ctx, of, id)
	if err == nil && a.Withdrawal != nil {
		err = mediation.UnknownAttachment()
	}
	if err != nil {
		return mediation.AttachmentLink{}, nil, err
	}
	act := s.act(r)
	link := mediation.AttachmentLink{ID: act.NewID(), Attachment: id, By: r.Actor.Principal, Expires: act.At.Add(mediation.LinkLife).Truncate(time.Second)}
	_, err = s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
		entry := s.auditedAttachment(r, mediation.ActionAttachmentLink, a.Attachment)
		return Receipt{}, errors.Join(tx.CreateLink(ctx, link), tx.RecordAudit(ctx, entry))
	})
	return link, s.store.LinkSeal(link), err
}

// CheckLink refuses a link that was not made here, was changed or has expired, without asking the database. Its ID and
// Expires are enough.
func (s *Service) CheckLink(link mediation.AttachmentLink, signature []byte) error {
	if !hmac.Equal(s.store.LinkSeal(link), signature) || !s.now().Before(link.Expires) {
		return mediation.ClosedLink()
	}
	return nil
}

// OpenLink is FetchAttachment by a checked link, in the name of whoever asked for it. Whatever they are refused by now, the
// link does not tell.
func (s *Service) OpenLink(ctx context.Context, checked mediation.AttachmentLink) (mediation.Attachment, io.ReadSeekCloser, error) {
	link, a, err := s.store.FindLink(ctx, checked.ID)
	if err != nil {
		return mediation.Attachment{}, nil, err
	}
	if !s.now().Before(link.Expires) {
		return mediation.Attachment{}, nil, mediation.ClosedLink()
	}
	actor, err := s.Actor(ctx, link.By)
	r := Request{Actor: actor}
	if err == nil {
		_, err = s.opened(ctx, r, mediation.ActionAttachmentFetch, a.Case)
	}
	if kind := mediation.KindOf(err); kind == mediation.Forbidden || kind == mediation.NotFound {
		return mediation.Attachment{}, nil, mediation.ClosedLink()
	}
	if err != nil {
		return mediation.Attachment{}, nil, err
	}
	found, content, err := s.fetch(ctx, r, a, "link "+string(link.ID))
	if mediation.KindOf(err) == mediation.NotFound {
		err = mediation.ClosedLink()
	}
	return found, content, err
}
