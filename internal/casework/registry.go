package casework

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// RegistryStore is the tenant's part of the registry: its own rows, and the organisations of its county desk.
type RegistryStore interface {
	OrganisationStore
	MediatorStore
	AdviserStore
	// RegistryEntries is the history of an organisation, mediator or adviser, oldest first.
	RegistryEntries(ctx context.Context, object registry.ID, after *Position, limit int) ([]registry.Entry, *Position, error)
}

// RegistryTx is one transaction on the tenant's part of the registry.
type RegistryTx interface {
	OrganisationTx
	MediatorTx
	AdviserTx
	// RecordRegistry writes an entry of the history. It refuses one that fails Entry.Check.
	RecordRegistry(ctx context.Context, entry registry.Entry) error
}

// RegistryEntries reads the history of an organisation, mediator or adviser of the tenant, oldest first. limit 0 is the
// default.
func (s *Service) RegistryEntries(ctx context.Context, r Request, object registry.ID, after *Position, limit int) ([]registry.Entry, *Position, error) {
	if err := s.permit(r, mediation.ActionRegistryJournal); err != nil {
		return nil, nil, err
	}
	if err := inRegistry(object); err != nil {
		return nil, nil, err
	}
	limit, err := mediation.CheckedLimit(limit)
	if err != nil {
		return nil, nil, err
	}
	entries, next, err := s.store.RegistryEntries(ctx, object, after, limit)
	for i, entry := range entries {
		entries[i] = maskedHistory(entry)
	}
	return entries, next, err
}

// record is what the three kinds of records of the registry have in common.
type record[T any] struct {
	id      func(T) registry.ID
	version func(T) int64
	lock    func(Tx, context.Context, registry.ID) (T, error)
	put     func(Tx, context.Context, T, bool) error
	find    func(Store, context.Context, registry.ID) (T, error)
}

// deed is one step on a locked record.
type deed[T any] func(ctx context.Context, tx Tx, before T, act registry.Act) (T, registry.Entry, error)

// enter makes a new record: permission, the tenant's state, rule, row, history.
func enter[T any](ctx context.Context, s *Service, kind record[T], r Request, action mediation.Action, do deed[T]) (T, Receipt, error) {
	var made, none T
	if err := s.permit(r, action); err != nil {
		return none, Receipt{}, err
	}
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		if err := open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		after, entry, err := do(ctx, tx, none, s.registryAct(r, time.Time{}))
		if err != nil {
			return Receipt{}, refused(err)
		}
		made = after
		if err := kind.put(tx, ctx, after, true); err != nil {
			return Receipt{}, refused(err)
		}
		return Receipt{ID: string(kind.id(after)), Version: kind.version(after), Created: true}, tx.RecordRegistry(ctx, entry)
	})
	return answered(ctx, s, kind, made, receipt, err)
}

// alter changes a record; version is the one the caller saw, 0 for any. A change that changes nothing succeeds and leaves
// the version as it is. at tells when the record changed last: a history runs forward.
func alter[T any](ctx context.Context, s *Service, kind record[T], r Request, action mediation.Action, id registry.ID, version int64,
	at func(T) time.Time, do deed[T],
) (T, Receipt, error) {
	var changed, none T
	if err := s.permit(r, action); err != nil {
		return none, Receipt{}, err
	}
	if err := inRegistry(id); err != nil {
		return none, Receipt{}, err
	}
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, err := kind.lock(tx, ctx, id)
		if err != nil {
			return Receipt{}, err
		}
		if version != 0 && version != kind.version(before) {
			return Receipt{}, mediation.StaleVersion()
		}
		if err := open(ctx, tx); err != nil {
			return Receipt{}, err
		}
		after, entry, err := do(ctx, tx, before, s.registryAct(r, at(before)))
		if err != nil {
			return Receipt{}, refused(err)
		}
		changed = after
		receipt := Receipt{ID: string(id), Version: kind.version(after)}
		if kind.version(after) == kind.version(before) {
			return receipt, nil
		}
		if err := kind.put(tx, ctx, after, false); err != nil {
			return Receipt{}, refused(err)
		}
		return receipt, tx.RecordRegistry(ctx, entry)
	})
	return answered(ctx, s, kind, changed, receipt, err)
}

// answered gives what a write made, or, when it was done before, the record as it is now.
func answered[T any](ctx context.Context, s *Service, kind record[T], made T, receipt Receipt, err error) (T, Receipt, error) {
	var none T
	if err != nil {
		return none, Receipt{}, err
	}
	if receipt.Replayed {
		made, err = kind.find(s.store, ctx, registry.ID(receipt.ID))
	}
	return made, receipt, err
}

// open refuses changes while the tenant is suspended.
func open(ctx context.Context, tx Tx) error {
	t, err := tx.Tenant(ctx)
	if err != nil {
		return err
	}
	return writable(t)
}

// registryAct is the circumstance of a change now, and later than the last one.
func (s *Service) registryAct(r Request, last time.Time) registry.Act {
	act := s.act(r)
	if earliest := last.Add(time.Microsecond); act.At.Before(earliest) {
		act.At = mediation.LegalTime(earliest)
	}
	return registry.Act{
		At: act.At, By: registry.Person{Issuer: r.Actor.Issuer, Subject: r.Actor.Subject, Name: r.Actor.Name},
		NewID: func() registry.ID { return registry.ID(s.newID()) },
	}
}

// refused says what the registry's rules refuse in the words that everything above understands. Kinds, codes and words
// are the same.
func refused(err error) error {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return err
	}
	said := mediation.Fail(mediation.Kind(refusal.Kind), refusal.Code, refusal.Message, refusal.MessageZH)
	for _, field := range refusal.Fields {
		said.Fields = append(said.Fields, mediation.FieldError(field))
	}
	return said
}

// unknownRecord is the one answer about a record that does not exist or is another tenant's.
func unknownRecord() error { return mediation.UnknownRecord() }

// inRegistry refuses an id that no record can have, with the answer for one that is not there.
func inRegistry(id registry.ID) error {
	parsed, err := uuid.Parse(string(id))
	if err != nil || parsed.String() != string(id) {
		return unknownRecord()
	}
	return nil
}

// both joins the violated rules of two checks into one refusal, so that a person hears of all at once. The first gives
// code and words.
func both(first, second error) error {
	var one, other *mediation.Error
	if !errors.As(first, &one) || !errors.As(second, &other) {
		return errors.Join(first, second)
	}
	return one.WithFields(other.Fields...)
}
