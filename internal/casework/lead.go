package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// SeriesLead counts the leads of the whole tenant.
const SeriesLead = "lead"

// LeadOrigin is where a lead comes from when it came in a batch; empty for one that was reported by itself.
type LeadOrigin struct {
	Import mediation.ID
	Row    string // all that the row says; stored as a keyed digest only, so that a row becomes a lead once
}

// NewLead is a lead to store, with its first entry.
type NewLead struct {
	Lead  mediation.Lead
	Entry mediation.LeadEntry
	From  LeadOrigin
}

// LeadPage is one page of a list. Next is nil on the last.
type LeadPage struct {
	Leads []mediation.Lead
	Next  *Position
	Total Total
}

// LeadStore reads leads. Everything it refuses is a *mediation.Error: NotFound "unknown-lead", Unavailable.
type LeadStore interface {
	FindLead(ctx context.Context, id mediation.ID) (mediation.Lead, error)
	// ListLeads takes a checked query and keeps to its scope.
	ListLeads(ctx context.Context, query mediation.LeadQuery) (LeadPage, error)
	LeadJournal(ctx context.Context, id mediation.ID, after *Position, limit int) ([]mediation.LeadEntry, *Position, error)
	// LeadCandidates are the leads and cases that may be like this one: the same parties at any time, the same place or
	// none at a near time. Cases have what lists have of them.
	LeadCandidates(ctx context.Context, l mediation.Lead) ([]mediation.Lead, []mediation.Case, error)
	// IndexParties makes at most limit cases of an earlier release findable by their parties, and tells how many it
	// looked at; fewer than limit means that none is left.
	IndexParties(ctx context.Context, limit int) (int, error)
}

// LeadTx changes leads.
type LeadTx interface {
	// LockLead reads a lead and keeps others from changing it until the transaction ends.
	LockLead(ctx context.Context, id mediation.ID) (mediation.Lead, error)
	CreateLeads(ctx context.Context, reports []NewLead) error
	// UpdateLead stores after where before still holds (else Stale "stale-version"), with its entry.
	UpdateLead(ctx context.Context, before, after mediation.Lead, entry mediation.LeadEntry) error
	LeadCandidates(ctx context.Context, l mediation.Lead) ([]mediation.Lead, []mediation.Case, error)
	// NextSerials takes count numbers of a series and year of the whole tenant, and gives the first of them.
	NextSerials(ctx context.Context, series string, year, count int) (int, error)
}

// ReportLead takes a lead down. A lead of a screening round names its grid; the round must be open and be about that day.
func (s *Service) ReportLead(ctx context.Context, r Request, form mediation.LeadReportForm) (mediation.Lead, Receipt, error) {
	if err := s.permit(r, mediation.ActionLeadReport); err != nil {
		return mediation.Lead{}, Receipt{}, err
	}
	var reported mediation.Lead
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		if err := s.open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		round, err := heldRound(ctx, tx, form.Round, form.Grid)
		if err != nil {
			return Receipt{}, err
		}
		act := s.act(r)
		if _, err := form.Checked(round, act.At); err != nil {
			return Receipt{}, err
		}
		year := mediation.LegalYear(act.At)
		serial, err := tx.NextSerials(ctx, SeriesLead, year, 1)
		if err != nil {
			return Receipt{}, err
		}
		register := mediation.LeadRegister{Tenant: s.store.Unit(), Serial: mediation.LeadSerial(s.store.Unit(), year, serial)}
		l, entry, err := mediation.Report(form, round, register, act)
		if err != nil {
			return Receipt{}, err
		}
		reported = l
		return Receipt{ID: string(l.ID), Version: l.Version, Created: true}, tx.CreateLeads(ctx, []NewLead{{Lead: l, Entry: entry}})
	})
	return s.leadOutcome(ctx, r, reported, receipt, err)
}

// open refuses changes while the tenant is suspended.
func (s *Service) open(ctx context.Context, tx Tx) error {
	t, err := tx.Tenant(ctx)
	if err != nil {
		return err
	}
	return writable(t)
}

// heldRound is the round that a report names, nil for none and for one that is not there: the rules say so with its field.
func heldRound(ctx context.Context, tx Tx, id mediation.ID, grids ...string) (*mediation.ScreeningRound, error) {
	if id == "" {
		return nil, nil
	}
	round, err := tx.HoldRound(ctx, id, grids)
	if mediation.KindOf(err) == mediation.NotFound {
		return nil, nil
	}
	return &round, err
}

// Lead reads one lead; masked for actors who may not see whom it is about.
func (s *Service) Lead(ctx context.Context, r Request, id mediation.ID) (mediation.Lead, error) {
	l, err := s.openedLead(ctx, r, mediation.ActionLeadRead, id)
	if err != nil {
		return mediation.Lead{}, err
	}
	return shownLead(r, l), nil
}

// openedLead reads a lead for somebody who may. One outside of the actor's scope is not there.
func (s *Service) openedLead(ctx context.Context, r Request, action mediation.Action, id mediation.ID) (mediation.Lead, error) {
	if err := s.permit(r, action); err != nil {
		return mediation.Lead{}, err
	}
	l, err := s.store.FindLead(ctx, id)
	if err != nil {
		return mediation.Lead{}, err
	}
	if !mediation.LeadScopeOf(r.Actor).Holds(l) {
		return mediation.Lead{}, mediation.UnknownLead()
	}
	return l, l.Permit(r.Actor, action)
}

// Leads lists the tenant's leads that the actor may see.
func (s *Service) Leads(ctx context.Context, r Request, query mediation.LeadQuery) (LeadPage, error) {
	if err := s.permit(r, mediation.ActionLeadList); err != nil {
		return LeadPage{}, err
	}
	query, err := query.Checked()
	if err != nil {
		return LeadPage{}, err
	}
	query.Scope = mediation.LeadScopeOf(r.Actor)
	page, err := s.store.ListLeads(ctx, query)
	if err != nil {
		return LeadPage{}, err
	}
	for i, l := range page.Leads {
		page.Leads[i] = shownLead(r, l)
	}
	return page, nil
}

// LeadJournal reads a lead's entries, oldest first. limit 0 is the default.
func (s *Service) LeadJournal(ctx context.Context, r Request, id mediation.ID, after *Position, limit int) ([]mediation.LeadEntry, *Position, error) {
	l, err := s.openedLead(ctx, r, mediation.ActionLeadJournal, id)
	if err != nil {
		return nil, nil, err
	}
	limit, err = mediation.CheckedLimit(limit)
	if err != nil {
		return nil, nil, err
	}
	entries, next, err := s.store.LeadJournal(ctx, id, after, limit)
	if err != nil {
		return nil, nil, err
	}
	mask := r.Actor.MaskOfLead(l)
	for i, entry := range entries {
		entries[i] = entry.Masked(mask)
	}
	return entries, next, nil
}

// LeadActions lists what the actor may do with the lead now, and of the rest what is missing.
func (s *Service) LeadActions(ctx context.Context, r Request, id mediation.ID) ([]mediation.LeadActionState, error) {
	l, err := s.openedLead(ctx, r, mediation.ActionLeadActions, id)
	if err != nil {
		return nil, err
	}
	t, err := s.store.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	actions := l.Actions(r.Actor, s.actAfterLead(r, l).At)
	for i, action := range actions {
		err := writable(t)
		if err == nil && action.Verb == mediation.LeadBecomeCase {
			err = room(t)
		}
		if action.Allowed && err != nil {
			actions[i].Allowed, actions[i].Missing = false, reason(err)
		}
	}
	return actions, nil
}

// CorrectLead puts a lead right; version is the version the caller saw, 0 for any. The content that correct gives
// replaces the old one as a whole. A correction that changes nothing succeeds and leaves the version.
func (s *Service) CorrectLead(ctx context.Context, r Request, id mediation.ID, version int64,
	correct func(mediation.Lead) (mediation.LeadCorrection, error),
) (mediation.Lead, Receipt, error) {
	return s.changeLead(ctx, r, mediation.LeadCorrect, id, version,
		func(_ context.Context, _ Tx, l mediation.Lead, act mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
			correction, err := correct(l)
			if err != nil {
				return mediation.Lead{}, mediation.LeadEntry{}, err
			}
			return l.Correct(correction, act)
		})
}

// CloseLead ends a lead without a case.
func (s *Service) CloseLead(ctx context.Context, r Request, id mediation.ID, version int64, closing mediation.LeadClosing) (mediation.Lead, Receipt, error) {
	return s.changeLead(ctx, r, mediation.LeadClose, id, version,
		func(ctx context.Context, tx Tx, l mediation.Lead, act mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
			after, entry, err := l.Close(closing, act)
			if err != nil || closing.Same == "" {
				return after, entry, err
			}
			same, err := tx.LockLead(ctx, closing.Same)
			if err == nil && !mediation.LeadScopeOf(r.Actor).Holds(same) {
				err = mediation.UnknownLead()
			}
			if err != nil {
				return after, entry, unknownAt("/same", err)
			}
			return after, entry, nil
		})
}

// unknownAt turns a thing that is not there into a field of the command that names it.
func unknownAt(pointer string, err error) error {
	var refusal *mediation.Error
	if mediation.KindOf(err) != mediation.NotFound || !asRefusal(err, &refusal) {
		return err
	}
	return mediation.Fail(mediation.Invalid, "invalid-conversion", "What becomes of the lead breaks a rule.", "线索处理内容不符合规定。").
		WithFields(mediation.FieldError{Pointer: pointer, Code: refusal.Code, Message: refusal.Message, MessageZH: refusal.MessageZH})
}

// leadVerb is one step on a locked lead.
type leadVerb func(ctx context.Context, tx Tx, l mediation.Lead, act mediation.Act) (mediation.Lead, mediation.LeadEntry, error)

// changeLead is the one way in which a lead changes: permission, lock, version, rule, row and journal.
func (s *Service) changeLead(ctx context.Context, r Request, verb mediation.LeadVerb, id mediation.ID, version int64, do leadVerb) (mediation.Lead, Receipt, error) {
	if err := s.permit(r, verb.Action()); err != nil {
		return mediation.Lead{}, Receipt{}, err
	}
	var changed mediation.Lead
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, err := s.lockLead(ctx, tx, r, verb, id, version)
		if err != nil {
			return Receipt{}, err
		}
		after, entry, err := do(ctx, tx, before, s.actAfterLead(r, before))
		if err != nil {
			return Receipt{}, err
		}
		changed = after
		receipt := Receipt{ID: string(after.ID), Version: after.Version}
		if after.Version == before.Version {
			return receipt, nil
		}
		return receipt, tx.UpdateLead(ctx, before, after, entry)
	})
	return s.leadOutcome(ctx, r, changed, receipt, err)
}

// lockLead locks a lead that the actor may see, at the version they saw, in a tenant that is not suspended.
func (s *Service) lockLead(ctx context.Context, tx Tx, r Request, verb mediation.LeadVerb, id mediation.ID, version int64) (mediation.Lead, error) {
	l, err := tx.LockLead(ctx, id)
	if err != nil {
		return mediation.Lead{}, err
	}
	if !mediation.LeadScopeOf(r.Actor).Holds(l) {
		return mediation.Lead{}, mediation.UnknownLead()
	}
	if err := l.Permit(r.Actor, verb.Action()); err != nil {
		return mediation.Lead{}, err
	}
	if err := s.open(ctx, tx); err != nil {
		return mediation.Lead{}, err
	}
	if version != 0 && version != l.Version {
		return mediation.Lead{}, mediation.StaleVersion()
	}
	return l, nil
}

// actAfterLead is now, but later than the lead's last change.
func (s *Service) actAfterLead(r Request, before mediation.Lead) mediation.Act {
	act := s.act(r)
	if earliest := before.UpdatedAt.Add(time.Microsecond); act.At.Before(earliest) {
		act.At = mediation.LegalTime(earliest)
	}
	return act
}

// leadOutcome answers a write: with the lead it made, or, when the write was done before, with the lead as it is now.
func (s *Service) leadOutcome(ctx context.Context, r Request, l mediation.Lead, receipt Receipt, err error) (mediation.Lead, Receipt, error) {
	if err == nil && receipt.Replayed {
		l, err = s.store.FindLead(ctx, mediation.ID(receipt.ID))
	}
	if err != nil {
		return mediation.Lead{}, Receipt{}, err
	}
	return shownLead(r, l), receipt, nil
}

// shownLead is the lead as this actor may see it: whole, masked, or shut to somebody who must keep away from it.
func shownLead(r Request, l mediation.Lead) mediation.Lead {
	mask := r.Actor.MaskOfLead(l)
	if mask == mediation.MaskEverything {
		return l.Shut()
	}
	return l.Masked(mask)
}
