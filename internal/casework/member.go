package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// MemberTx reads members within a write.
type MemberTx interface {
	// FindMember is one person's row in this tenant; false for somebody who is no member.
	FindMember(ctx context.Context, issuer, subject string) (mediation.Membership, bool, error)
}

// Members lists the tenant's members.
func (s *Service) Members(ctx context.Context, r Request) ([]mediation.Membership, error) {
	if err := s.permit(r, mediation.ActionMemberList); err != nil {
		return nil, err
	}
	return s.store.Members(ctx)
}

// PutMember adds a member of the tenant or replaces its name and roles. m.Version is the version the caller saw, 0 for
// any; unit and source are set here. Suspension does not stop it: somebody must be able to put members right.
func (s *Service) PutMember(ctx context.Context, r Request, m mediation.Membership) (mediation.Membership, Receipt, error) {
	if err := s.permit(r, mediation.ActionMemberPut); err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	if err := r.Actor.OwnMembership(m.Issuer, m.Subject); err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	m.Unit, m.Source, m.UpdatedAt = s.store.Unit(), mediation.MemberByAPI, s.act(r).At
	m, err := m.Checked()
	if err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	var stored mediation.Membership
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, known, err := tx.FindMember(ctx, m.Issuer, m.Subject)
		if err != nil {
			return Receipt{}, err
		}
		put, created, err := tx.PutMember(ctx, m)
		if err != nil {
			return Receipt{}, err
		}
		stored = put
		if err := s.recordMember(ctx, tx, r, mediation.ActionMemberPut, present(before, known), &put); err != nil {
			return Receipt{}, err
		}
		return Receipt{ID: put.Principal().ID(), Version: put.Version, Created: created}, nil
	})
	if err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	if receipt.Replayed {
		stored, err = s.member(ctx, m.Issuer, m.Subject)
	}
	return stored, receipt, err
}

// RemoveMember removes a member of the tenant; version is the version the caller saw, 0 for any.
func (s *Service) RemoveMember(ctx context.Context, r Request, issuer, subject string, version int64) (Receipt, error) {
	if err := s.permit(r, mediation.ActionMemberRemove); err != nil {
		return Receipt{}, err
	}
	if err := r.Actor.OwnMembership(issuer, subject); err != nil {
		return Receipt{}, err
	}
	return s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, known, err := tx.FindMember(ctx, issuer, subject)
		if err != nil {
			return Receipt{}, err
		}
		if err := tx.RemoveMember(ctx, issuer, subject, version); err != nil {
			return Receipt{}, err
		}
		id := mediation.Principal{Issuer: issuer, Subject: subject}.ID()
		return Receipt{ID: id, Version: version}, s.recordMember(ctx, tx, r, mediation.ActionMemberRemove, present(before, known), nil)
	})
}

// recordMember writes down what a change of a member changed.
func (s *Service) recordMember(ctx context.Context, tx Tx, r Request, action mediation.Action, before, after *mediation.Membership) error {
	var whom mediation.Principal
	for _, m := range []*mediation.Membership{before, after} {
		if m != nil {
			whom = m.Principal()
		}
	}
	entry := s.audited(r, action, mediation.AuditObject{Kind: "member", ID: whom.ID()})
	entry.Changes, entry.Fields = mediation.RolesChange(rolesOf(before), rolesOf(after)), mediation.MemberChange(before, after)
	return tx.RecordAudit(ctx, entry)
}

func rolesOf(m *mediation.Membership) []mediation.Role {
	if m == nil {
		return nil
	}
	return m.Roles
}

func present(m mediation.Membership, known bool) *mediation.Membership {
	if !known {
		return nil
	}
	return &m
}

func (s *Service) member(ctx context.Context, issuer, subject string) (mediation.Membership, error) {
	members, err := s.store.Members(ctx)
	if err != nil {
		return mediation.Membership{}, err
	}
	for _, m := range members {
		if m.Issuer == issuer && m.Subject == subject {
			return m, nil
		}
	}
	return mediation.Membership{}, mediation.UnknownMember()
}
