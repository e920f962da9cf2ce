package casework

import (
	"context"
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// MediatorQuery filters, orders and cuts a list of mediators. Day is today in China; whoever calls need not give it.
type MediatorQuery struct {
	registry.MediatorFilter
	mediation.Paging
	Day string
}

// MediatorPage is one page of a list. Next is nil on the last.
type MediatorPage struct {
	Mediators []registry.Mediator
	Next      *Position
	Total     Total
}

// MediatorStore reads the tenant's mediators.
type MediatorStore interface {
	FindMediator(ctx context.Context, id registry.ID) (registry.Mediator, error)
	ListMediators(ctx context.Context, query MediatorQuery) (MediatorPage, error)
	// Standing are the person's memberships of this tenant and of its county, and the mediators of the tenant whose login
	// it is, those who have gone too. It is asked with every request: one round trip.
	Standing(ctx context.Context, issuer, subject string) ([]mediation.Membership, []registry.Mediator, error)
	// Pool is who may be chosen for a case: the mediators who serve, all organisations that the tenant sees, and how many
	// open cases each has now.
	Pool(ctx context.Context) (registry.Pool, error)
}

// MediatorTx changes the tenant's mediators.
type MediatorTx interface {
	LockMediator(ctx context.Context, id registry.ID) (registry.Mediator, error)
	// PutMediator stores a mediator with the postings. Full-time service in two organisations of the county at a time is
	// Conflict "full-time-elsewhere"; a person or a login that stands in the tenant already, "mediator-registered" and
	// "account-linked".
	PutMediator(ctx context.Context, m registry.Mediator, created bool) error
	// Candidates is what Store.Pool says, without the load, of the named mediators alone, by id or by login, and the
	// tenant's memberships of the named logins, those out of force too. It is one round trip.
	Candidates(ctx context.Context, named []mediation.Mediator) (registry.Pool, []mediation.Membership, error)
}

func mediators() record[registry.Mediator] {
	return record[registry.Mediator]{
		id:      func(m registry.Mediator) registry.ID { return m.ID },
		version: func(m registry.Mediator) int64 { return m.Version },
		lock:    Tx.LockMediator, put: Tx.PutMediator, find: Store.FindMediator,
	}
}

// Mediator reads one mediator; masked for whoever may not see the real name, unless it is the own record.
func (s *Service) Mediator(ctx context.Context, r Request, id registry.ID) (registry.Mediator, error) {
	if err := s.permit(r, mediation.ActionMediatorRead); err != nil {
		return registry.Mediator{}, err
	}
	if err := inRegistry(id); err != nil {
		return registry.Mediator{}, err
	}
	m, err := s.store.FindMediator(ctx, id)
	if err != nil {
		return registry.Mediator{}, err
	}
	return mediatorFor(r, m), nil
}

// Mediators lists the tenant's mediators.
func (s *Service) Mediators(ctx context.Context, r Request, query MediatorQuery) (MediatorPage, error) {
	if err := s.permit(r, mediation.ActionMediatorList); err != nil {
		return MediatorPage{}, err
	}
	filter, err := query.MediatorFilter.Checked()
	if err != nil {
		return MediatorPage{}, refused(err)
	}
	paging, err := query.Paging.Checked()
	if err != nil {
		return MediatorPage{}, err
	}
	page, err := s.store.ListMediators(ctx, MediatorQuery{filter, paging, s.today()})
	for i, m := range page.Mediators {
		page.Mediators[i] = mediatorFor(r, m)
	}
	return page, err
}

func (s *Service) today() string { return registry.LegalDay(s.now()) }

// mediatorFor is the mediator as this actor may see them: the own record whole, numbers masked for those who keep the
// registry, names too for everybody else. What a conflict of interest is about stays with those who may see names, and with
// the mediator.
func mediatorFor(r Request, m registry.Mediator) registry.Mediator {
	if m.Account(r.Actor.Issuer, r.Actor.Subject) {
		return m
	}
	m.IdentityNumber, m.Phone = mediation.MaskIdentity(m.IdentityNumber), mediation.MaskPhone(m.Phone)
	m.Conflicts = slices.Clone(m.Conflicts)
	for i, c := range m.Conflicts {
		m.Conflicts[i].Against.IdentityNumber = mediation.MaskIdentity(c.Against.IdentityNumber)
	}
	if mediation.Permit(r.Actor, mediation.ActionMediatorNames) == nil {
		return m
	}
	m.Name, m.BornOn, m.Subject, m.Issuer = mediation.MaskName(m.Name), "", "", ""
	m.Leaves = slices.Clone(m.Leaves)
	for i := range m.Leaves {
		m.Leaves[i].Kind, m.Leaves[i].Note = "", ""
	}
	m.Conflicts = nil
	return m
}

// RegisterMediator takes a mediator down under the real name.
func (s *Service) RegisterMediator(ctx context.Context, r Request, content registry.MediatorContent) (registry.Mediator, Receipt, error) {
	m, receipt, err := enter(ctx, s, mediators(), r, mediation.ActionMediatorRegister,
		func(_ context.Context, _ Tx, none registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			content, err := meant(content, none, act.At)
			if err != nil {
				return registry.Mediator{}, registry.Entry{}, err
			}
			return registry.RegisterMediator(content, s.Unit(), act)
		})
	return mediatorFor(r, m), receipt, err
}

// meant is the content with what is stored in the place of its own masked forms, and the identity checked.
func meant(content registry.MediatorContent, stored registry.Mediator, at time.Time) (registry.MediatorContent, error) {
	var err error
	content.IdentityNumber, content.Phone, err = mediation.UnmaskedIdentity(content.IdentityNumber, content.Phone, stored.IdentityNumber, stored.Phone)
	if err != nil {
		return content, err
	}
	return identified(content, at)
}

// identified checks the identity number as that of a party is checked, and together with it everything else. What the
// number of a resident identity card says of birthday and sex is filled in where it was left out, and must not be
// contradicted.
func identified(content registry.MediatorContent, at time.Time) (registry.MediatorContent, error) {
	if content.IdentityNumber == "" || content.IdentityType == "" {
		return content, nil
	}
	number, err := mediation.CheckedIdentity(mediation.IdentityType(content.IdentityType), content.IdentityNumber, at)
	if err != nil {
		_, rest := content.Checked(at)
		if rest == nil {
			return content, err
		}
		return content, both(refused(rest), err)
	}
	content.IdentityNumber = number
	if mediation.IdentityType(content.IdentityType) != mediation.IdentityResidentID {
		return content, nil
	}
	return told(content)
}

// oldest is the first birthday that a living person can have; a number of an earlier one is of nobody.
const oldest = "1900-01-01"

// told reads a resident identity number: digits 7 to 14 are the birthday, digit 17 is odd for a man.
func told(content registry.MediatorContent) (registry.MediatorContent, error) {
	number := content.IdentityNumber
	born := number[6:10] + "-" + number[10:12] + "-" + number[12:14]
	sex := string(mediation.SexOf(number))
	if content.BornOn == "" && born >= oldest {
		content.BornOn = born
	}
	if content.Sex == "" {
		content.Sex = sex
	}
	var fields []mediation.FieldError
	if content.BornOn != "" && content.BornOn != born {
		fields = append(fields, mediation.FieldError{Pointer: "/bornOn", Code: "birthday-differs-from-identity",
			Message: "The birthday differs from the one in the identity number.", MessageZH: "出生日期与身份证号码不一致。"})
	}
	if content.Sex != sex {
		fields = append(fields, mediation.FieldError{Pointer: "/sex", Code: "sex-differs-from-identity",
			Message: "The sex differs from the one in the identity number.", MessageZH: "性别与身份证号码不一致。"})
	}
	if len(fields) > 0 {
		return content, mediation.Fail(mediation.Invalid, "invalid-mediator", "The mediator breaks a rule.", "调解员信息不符合规定。").WithFields(fields...)
	}
	return content, nil
}

// mediatorDeed is one step on a mediator.
type mediatorDeed func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error)

func (s *Service) alterMediator(ctx context.Context, r Request, action mediation.Action, id registry.ID, version int64, do mediatorDeed) (registry.Mediator, Receipt, error) {
	return s.alterMediatorWith(ctx, r, action, id, version,
		func(_ context.Context, _ Tx, m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			return do(m, act)
		})
}

func (s *Service) alterMediatorWith(ctx context.Context, r Request, action mediation.Action, id registry.ID, version int64, do deed[registry.Mediator]) (registry.Mediator, Receipt, error) {
	m, receipt, err := alter(ctx, s, mediators(), r, action, id, version, func(m registry.Mediator) time.Time { return m.UpdatedAt }, do)
	return mediatorFor(r, m), receipt, err
}

// ChangeMediator puts the whole content right. An identity that changes must be verified again.
func (s *Service) ChangeMediator(ctx context.Context, r Request, id registry.ID, version int64, content registry.MediatorContent, reason string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorChange, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			content, err := meant(content, m, act.At)
			if err != nil {
				return registry.Mediator{}, registry.Entry{}, err
			}
			return m.Change(content, reason, act)
		})
}

// VerifyMediator takes down that the identity was verified, and how.
func (s *Service) VerifyMediator(ctx context.Context, r Request, id registry.ID, version int64, method string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorVerify, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			return m.Verify(method, act)
		})
}

// SetMediatorStatus suspends, resumes, lets go or removes a mediator, for a reason; a removal also has a legal ground.
func (s *Service) SetMediatorStatus(ctx context.Context, r Request, id registry.ID, version int64, status registry.MediatorStatus, ground, reason string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorStatus, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			switch status {
			case registry.MediatorActive:
				return m.Resume(reason, act)
			case registry.MediatorSuspended:
				return m.Suspend(reason, act)
			case registry.MediatorLeft:
				return m.Depart(reason, act)
			case registry.MediatorRemoved:
				return m.Remove(ground, reason, act)
			}
			return registry.Mediator{}, registry.Entry{}, unknownStatus("invalid-mediator")
		})
}

// JoinOrganisation gives the mediator a place in an organisation of the tenant or of its county desk.
func (s *Service) JoinOrganisation(ctx context.Context, r Request, id registry.ID, version int64, p registry.Posting) (registry.Mediator, Receipt, error) {
	return s.alterMediatorWith(ctx, r, mediation.ActionMediatorPost, id, version,
		func(ctx context.Context, tx Tx, m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			var o registry.Organisation
			if inRegistry(p.Organisation) == nil {
				found, err := tx.FindOrganisation(ctx, p.Organisation)
				if err != nil && mediation.KindOf(err) != mediation.NotFound {
					return registry.Mediator{}, registry.Entry{}, err
				}
				o = found
			}
			return m.Join(p, o, act)
		})
}

// QuitOrganisation ends a place in an organisation; to is the last day.
func (s *Service) QuitOrganisation(ctx context.Context, r Request, id registry.ID, version int64, posting registry.ID, to, reason string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorPost, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			return m.Quit(posting, to, reason, act)
		})
}

// own refuses somebody who is only a mediator and touches another's record: Forbidden "own-record-only".
func own(r Request, m registry.Mediator) error {
	for _, role := range r.Actor.Roles {
		if slices.Contains(mediation.ActionMediatorChange.Roles(), role) {
			return nil
		}
	}
	if m.Account(r.Actor.Issuer, r.Actor.Subject) {
		return nil
	}
	return mediation.Fail(mediation.Forbidden, "own-record-only",
		"A mediator does this on the own record; ask the director for another's.", "调解员只能办理本人的此项事务，他人的请联系调委会主任。")
}

// TakeLeave writes a leave down.
func (s *Service) TakeLeave(ctx context.Context, r Request, id registry.ID, version int64, leave registry.Leave) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorLeave, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			if err := own(r, m); err != nil {
				return registry.Mediator{}, registry.Entry{}, err
			}
			return m.TakeLeave(leave, act)
		})
}

// EndLeave ends a leave with its last day; one that is to end before it began is struck out.
func (s *Service) EndLeave(ctx context.Context, r Request, id registry.ID, version int64, leave registry.ID, to string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorLeave, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			if err := own(r, m); err != nil {
				return registry.Mediator{}, registry.Entry{}, err
			}
			return m.EndLeave(leave, to, act)
		})
}

// DeclareConflict writes a conflict of interest down. From now on the mediator's login does not open the cases it is about.
func (s *Service) DeclareConflict(ctx context.Context, r Request, id registry.ID, version int64, conflict registry.ConflictOfInterest) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorDeclare, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			if err := own(r, m); err != nil {
				return registry.Mediator{}, registry.Entry{}, err
			}
			return m.DeclareConflict(normal(conflict), act)
		})
}

// normal brings the identity of a counterpart into the form in which parties have theirs, so that they are found equal.
// A number that breaks a rule stays as it is: it may be known by hearsay only.
func normal(conflict registry.ConflictOfInterest) registry.ConflictOfInterest {
	a := &conflict.Against
	if a.IdentityNumber != "" {
		a.IdentityNumber = mediation.NormalIdentity(mediation.IdentityType(a.IdentityType), a.IdentityNumber)
	}
	return conflict
}

// EndConflict writes down that a conflict of interest holds no more. Nobody lifts their own: Forbidden "not-your-own".
func (s *Service) EndConflict(ctx context.Context, r Request, id registry.ID, version int64, conflict registry.ID, to, reason string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorClear, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			if m.Account(r.Actor.Issuer, r.Actor.Subject) {
				return registry.Mediator{}, registry.Entry{}, mediation.Fail(mediation.Forbidden, "not-your-own",
					"Nobody lifts their own conflict of interest: ask the county administrator.", "不能解除本人的回避申报，请联系县级管理员。")
			}
			return m.EndConflict(conflict, to, reason, act)
		})
}

// FileMediator submits a filing to the bureau.
func (s *Service) FileMediator(ctx context.Context, r Request, id registry.ID, version int64, kind registry.FilingKind, note string) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorFile, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			return m.SubmitFiling(kind, note, act)
		})
}

// DecideMediatorFiling takes the bureau's answer down.
func (s *Service) DecideMediatorFiling(ctx context.Context, r Request, id registry.ID, version int64, decision registry.FilingDecision) (registry.Mediator, Receipt, error) {
	return s.alterMediator(ctx, r, mediation.ActionMediatorDecide, id, version,
		func(m registry.Mediator, act registry.Act) (registry.Mediator, registry.Entry, error) {
			return m.DecideFiling(decision, act)
		})
}
