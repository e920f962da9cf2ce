package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Members lists the county's own members, not those of its tenants.
func (s *Service) Members(ctx context.Context, r Request) ([]mediation.Membership, error) {
	if err := s.permit(r, mediation.ActionCountyMemberList); err != nil {
		return nil, err
	}
	return s.store.Members(ctx)
}

// PutMember adds a member of the county or replaces its name and roles. m.Version is the version the caller saw, 0 for
// any; unit and source are set here. Members that come from the County resource belong to the operator: Conflict.
func (s *Service) PutMember(ctx context.Context, r Request, m mediation.Membership) (mediation.Membership, Receipt, error) {
	if err := s.permit(r, mediation.ActionCountyMemberPut); err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	if err := r.Actor.OwnMembership(m.Issuer, m.Subject); err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	m.Unit, m.Source = s.store.Unit(), mediation.MemberByAPI
	m.UpdatedAt = mediation.LegalTime(s.clock()).Truncate(time.Microsecond)
	m, err := m.Checked()
	if err != nil {
		return mediation.Membership{}, Receipt{}, err
	}
	var stored mediation.Membership
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		before, err := tx.MemberRoles(ctx, m.Issuer, m.Subject)
		if err != nil {
			return Receipt{}, err
		}
		put, created, err := tx.PutMember(ctx, m)
		if err != nil {
			return Receipt{}, err
		}
		stored = put
		if err := s.recordMember(ctx, tx, r, mediation.ActionCountyMemberPut, m.Principal(), before, put.Roles); err != nil {
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

// RemoveMember removes a member of the county; version is the version the caller saw, 0 for any.
func (s *Service) RemoveMember(ctx context.Context, r Request, issuer, subject string, version int64) (Receipt, error) {
	if err := s.permit(r, mediation.ActionCountyMemberRemove); err != nil {
		return Receipt{}, err
	}
	if err := r.Actor.OwnMembership(issuer, subject); err != nil {
		return Receipt{}, err
	}
	return s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		who := mediation.Principal{Issuer: issuer, Subject: subject}
		before, err := tx.MemberRoles(ctx, issuer, subject)
		if err != nil {
			return Receipt{}, err
		}
		if err := tx.RemoveMember(ctx, issuer, subject, version); err != nil {
			return Receipt{}, err
		}
		return Receipt{ID: who.ID(), Version: version}, s.recordMember(ctx, tx, r, mediation.ActionCountyMemberRemove, who, before, nil)
	})
}

// recordMember notes a change of permission with the roles before and after.
func (s *Service) recordMember(ctx context.Context, tx Tx, r Request, action mediation.Action, who mediation.Principal, before, after []mediation.Role) error {
	entry := s.audited(r, action, mediation.AuditObject{Kind: "member", ID: who.ID()})
	entry.Changes = mediation.RolesChange(before, after)
	return tx.RecordAudit(ctx, entry)
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

// Leave shuts a person out of every unit of the county, at once: each request reads the members. It gives all the
// person's memberships here; those that are still not disabled come from the County resource, which has to be changed.
// The leaver's cases are handed over in each tenant. Done again it changes nothing more.
func (s *Service) Leave(ctx context.Context, r Request, issuer, subject string) ([]mediation.Membership, Receipt, error) {
	if err := s.permit(r, mediation.ActionCountyMemberLeave); err != nil {
		return nil, Receipt{}, err
	}
	if err := r.Actor.OwnMembership(issuer, subject); err != nil {
		return nil, Receipt{}, err
	}
	var left []mediation.Membership
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		var err error
		left, err = tx.EndMemberships(ctx, issuer, subject, mediation.LegalTime(s.clock()).Truncate(time.Microsecond))
		if err == nil && len(left) == 0 {
			err = mediation.UnknownMember()
		}
		if err != nil {
			return Receipt{}, err
		}
		id := mediation.Principal{Issuer: issuer, Subject: subject}.ID()
		return Receipt{ID: id}, tx.RecordAudit(ctx, s.audited(r, mediation.ActionCountyMemberLeave, mediation.AuditObject{Kind: "member", ID: id}))
	})
	if err != nil {
		return nil, Receipt{}, err
	}
	if receipt.Replayed {
		left, err = s.store.AllMemberships(ctx, issuer, subject)
	}
	return left, receipt, err
}
