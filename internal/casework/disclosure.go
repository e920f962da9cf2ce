package casework

import (
	"context"
	"encoding/json"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// DisclosureStore reads who looked at what.
type DisclosureStore interface {
	// Accesses are entries of the record that were done, newest first.
	Accesses(ctx context.Context, query AccessQuery) (AccessPage, error)
}

// DisclosureTx counts what a person has been shown.
type DisclosureTx interface {
	// Reveals counts what the person was shown of masked values at or after the moment, and makes others who count for the
	// same person wait until the transaction ends, so that a limit holds.
	Reveals(ctx context.Context, who mediation.Principal, since time.Time) (int, error)
}

// AccessQuery filters the record of what was looked at. Its parts combine.
type AccessQuery struct {
	Object *mediation.AuditObject
	By     *mediation.Principal
	// Mine leaves only what others looked at in cases that this person mediates.
	Mine  *mediation.Principal
	After *Position
	Limit int
}

// AccessPage is one page of the record.
type AccessPage struct {
	Entries []mediation.AuditEntry
	Next    *Position
	Total   Total
}

// Revealed is what somebody was shown: the entry that records it, the plain values, and how often they may look again today.
type Revealed struct {
	Access      mediation.AuditEntry
	Disclosures []mediation.Disclosure
	Remaining   int
}

// WithDailyReveals sets how many times a day a person may see what is masked; 0 or less is the default.
func WithDailyReveals(most int) Option {
	return func(s *Service) {
		if most > 0 {
			s.dailyReveals = most
		}
	}
}

// RevealCase shows the plain values of a case's parties, once and for a purpose. Exhausted "reveal-limit" for somebody
// who has seen as much as a day allows.
func (s *Service) RevealCase(ctx context.Context, r Request, id mediation.ID, asked mediation.Disclosing) (Revealed, Receipt, error) {
	return s.reveal(ctx, r, mediation.ActionCaseReveal, asked, func() (mediation.AuditObject, []mediation.Disclosure, error) {
		c, err := s.opened(ctx, r, mediation.ActionCaseReveal, id)
		if err != nil {
			return mediation.AuditObject{}, nil, err
		}
		shown, err := asked.Of(c.Parties, r.Actor.MaskOf(c))
		return mediation.AuditObject{Kind: "case", ID: string(id)}, shown, err
	})
}

// RevealLead does it for a lead: its parties, and whoever told it.
func (s *Service) RevealLead(ctx context.Context, r Request, id mediation.ID, asked mediation.Disclosing) (Revealed, Receipt, error) {
	return s.reveal(ctx, r, mediation.ActionLeadReveal, asked, func() (mediation.AuditObject, []mediation.Disclosure, error) {
		l, err := s.openedLead(ctx, r, mediation.ActionLeadReveal, id)
		if err != nil {
			return mediation.AuditObject{}, nil, err
		}
		shown, err := asked.OfLead(l, r.Actor.MaskOfLead(l))
		return mediation.AuditObject{Kind: "lead", ID: string(id)}, shown, err
	})
}

// RevealMediator does it for the record of a mediator.
func (s *Service) RevealMediator(ctx context.Context, r Request, id registry.ID, asked mediation.Disclosing) (Revealed, Receipt, error) {
	return s.reveal(ctx, r, mediation.ActionMediatorReveal, asked, func() (mediation.AuditObject, []mediation.Disclosure, error) {
		if err := inRegistry(id); err != nil {
			return mediation.AuditObject{}, nil, err
		}
		m, err := s.store.FindMediator(ctx, id)
		if err != nil {
			return mediation.AuditObject{}, nil, err
		}
		shown, err := asked.Of([]mediation.Party{{
			ID: mediation.ID(m.ID), Name: m.Name, IdentityNumber: m.IdentityNumber, Phone: m.Phone,
		}}, mediation.MaskNumbers)
		return mediation.AuditObject{Kind: "mediator", ID: string(id)}, shown, err
	})
}

// reveal shows what find gives and records it in one transaction: what is not recorded is not shown. A repeated request
// shows it again, and is one more look.
func (s *Service) reveal(ctx context.Context, r Request, action mediation.Action, asked mediation.Disclosing,
	find func() (mediation.AuditObject, []mediation.Disclosure, error),
) (Revealed, Receipt, error) {
	if err := s.permit(r, action); err != nil {
		return Revealed{}, Receipt{}, err
	}
	asked, err := asked.Checked()
	if err != nil {
		return Revealed{}, Receipt{}, err
	}
	object, shown, err := find()
	if err != nil {
		return Revealed{}, Receipt{}, err
	}
	entry := s.audited(r, action, object)
	entry.Purpose, entry.Reason, entry.Fields = string(asked.Purpose), asked.Reason, mediation.Named(shown)
	remaining := 0
	look := func(ctx context.Context, tx Tx) (Receipt, error) {
		remaining, err = s.counted(ctx, tx, r, entry.At)
		if err != nil {
			return Receipt{}, err
		}
		return Receipt{ID: string(entry.ID)}, tx.RecordAudit(ctx, entry)
	}
	receipt, err := s.store.Write(ctx, r.Key, look)
	if err == nil && receipt.Replayed {
		_, err = s.store.Write(ctx, nil, look)
	}
	if err != nil {
		return Revealed{}, Receipt{}, err
	}
	return Revealed{entry, shown, remaining}, receipt, nil
}

// counted holds the person's limit of the day in China, and says how often they may look after this.
func (s *Service) counted(ctx context.Context, tx Tx, r Request, at time.Time) (remaining int, err error) {
	year, month, day := mediation.LegalTime(at).Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, mediation.LegalTime(at).Location())
	seen, err := tx.Reveals(ctx, r.Actor.Principal, midnight)
	if err != nil {
		return 0, err
	}
	if seen >= s.dailyReveals {
		return 0, mediation.RevealLimit().WithRetryAfter(midnight.AddDate(0, 0, 1).Sub(at))
	}
	return s.dailyReveals - seen - 1, nil
}

// CaseAccesses tells the people of a case who looked at what of it, newest first.
func (s *Service) CaseAccesses(ctx context.Context, r Request, id mediation.ID, after *Position, limit int) (AccessPage, error) {
	if _, err := s.opened(ctx, r, mediation.ActionCaseAccesses, id); err != nil {
		return AccessPage{}, err
	}
	return s.accesses(ctx, AccessQuery{Object: &mediation.AuditObject{Kind: "case", ID: string(id)}, After: after, Limit: limit})
}

// MyAccesses is what the actor looked at here; of others, what they looked at in the cases that the actor mediates.
func (s *Service) MyAccesses(ctx context.Context, r Request, ofOthers bool, after *Position, limit int) (AccessPage, error) {
	if err := s.permit(r, mediation.ActionMyAccesses); err != nil {
		return AccessPage{}, err
	}
	query := AccessQuery{By: &r.Actor.Principal, After: after, Limit: limit}
	if ofOthers {
		query.By, query.Mine = nil, &r.Actor.Principal
	}
	return s.accesses(ctx, query)
}

func (s *Service) accesses(ctx context.Context, query AccessQuery) (AccessPage, error) {
	limit, err := mediation.CheckedLimit(query.Limit)
	if err != nil {
		return AccessPage{}, err
	}
	query.Limit = limit
	return s.store.Accesses(ctx, query)
}

// LookedAtByCounty records in this tenant's own log that the county was shown which of its cases and leads a repeat party is
// in. The actor is of the county: nothing is asked of roles here, which the county's use case has done.
func (s *Service) LookedAtByCounty(ctx context.Context, r Request, asked mediation.Disclosing, objects []mediation.AuditObject) error {
	_, err := s.store.Write(ctx, nil, func(ctx context.Context, tx Tx) (Receipt, error) {
		for _, object := range objects {
			entry := s.audited(r, mediation.ActionRepeatPartyReveal, object)
			entry.Purpose, entry.Reason, entry.Fields = string(asked.Purpose), asked.Reason, []string{"/parties"}
			if err := tx.RecordAudit(ctx, entry); err != nil {
				return Receipt{}, err
			}
		}
		return Receipt{}, nil
	})
	return err
}

// maskedHistory hides numbers in the history of a record of the registry, wherever they stand in it.
func maskedHistory(entry registry.Entry) registry.Entry {
	changes := make([]registry.Change, 0, len(entry.Changes))
	for _, change := range entry.Changes {
		name := change.Field[1:]
		changes = append(changes, registry.Change{
			Field: change.Field, Before: maskedJSON(name, change.Before), After: maskedJSON(name, change.After),
		})
	}
	entry.Changes = changes
	return entry
}

// maskedJSON hides the numbers in a JSON text that stands under a name. What is no JSON stays hidden as a whole.
func maskedJSON(name, text string) string {
	if text == "" {
		return ""
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return `"*"`
	}
	encoded, err := json.Marshal(maskedNumbers(name, value))
	if err != nil {
		return `"*"`
	}
	return string(encoded)
}

func maskedNumbers(name string, value any) any {
	switch v := value.(type) {
	case string:
		switch name {
		case "identityNumber":
			return mediation.MaskIdentity(v)
		case "phone":
			return mediation.MaskPhone(v)
		}
	case map[string]any:
		for member, inner := range v {
			v[member] = maskedNumbers(member, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = maskedNumbers(name, inner)
		}
	}
	return value
}
