package casework

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// OrganisationQuery filters, orders and cuts a list of organisations.
type OrganisationQuery struct {
	registry.OrganisationFilter
	mediation.Paging
	County bool // also those of the county desk, of which a town sees what is public
}

// OrganisationPage is one page of a list. Next is nil on the last.
type OrganisationPage struct {
	Organisations []registry.Organisation
	Next          *Position
	Total         Total
}

// OrganisationStore reads organisations. One of the county desk comes with what is public of it alone.
type OrganisationStore interface {
	FindOrganisation(ctx context.Context, id registry.ID) (registry.Organisation, error)
	ListOrganisations(ctx context.Context, query OrganisationQuery) (OrganisationPage, error)
}

// OrganisationTx changes organisations of the tenant.
type OrganisationTx interface {
	// LockOrganisation reads one of the tenant's own and keeps others from changing it.
	LockOrganisation(ctx context.Context, id registry.ID) (registry.Organisation, error)
	// FindOrganisation reads one of the tenant's own or of its county desk.
	FindOrganisation(ctx context.Context, id registry.ID) (registry.Organisation, error)
	PutOrganisation(ctx context.Context, o registry.Organisation, created bool) error
}

func organisations() record[registry.Organisation] {
	return record[registry.Organisation]{
		id:      func(o registry.Organisation) registry.ID { return o.ID },
		version: func(o registry.Organisation) int64 { return o.Version },
		lock:    Tx.LockOrganisation, put: Tx.PutOrganisation, find: Store.FindOrganisation,
	}
}

// Organisation reads one organisation.
func (s *Service) Organisation(ctx context.Context, r Request, id registry.ID) (registry.Organisation, error) {
	if err := s.permit(r, mediation.ActionOrganisationRead); err != nil {
		return registry.Organisation{}, err
	}
	if err := inRegistry(id); err != nil {
		return registry.Organisation{}, err
	}
	o, err := s.store.FindOrganisation(ctx, id)
	return organisationFor(r, o), err
}

// Organisations lists organisations.
func (s *Service) Organisations(ctx context.Context, r Request, query OrganisationQuery) (OrganisationPage, error) {
	if err := s.permit(r, mediation.ActionOrganisationList); err != nil {
		return OrganisationPage{}, err
	}
	filter, err := query.OrganisationFilter.Checked()
	if err != nil {
		return OrganisationPage{}, refused(err)
	}
	paging, err := query.Paging.Checked()
	if err != nil {
		return OrganisationPage{}, err
	}
	page, err := s.store.ListOrganisations(ctx, OrganisationQuery{filter, paging, query.County})
	for i, o := range page.Organisations {
		page.Organisations[i] = organisationFor(r, o)
	}
	return page, err
}

// organisationFor hides the names of members from whoever may not see those of mediators.
func organisationFor(r Request, o registry.Organisation) registry.Organisation {
	if mediation.Permit(r.Actor, mediation.ActionMediatorNames) == nil {
		return o
	}
	seats := make([]registry.Seat, 0, len(o.Seats))
	for _, seat := range o.Seats {
		seat.Name = mediation.MaskName(seat.Name)
		seats = append(seats, seat)
	}
	o.Seats = seats
	return o
}

// RegisterOrganisation takes an organisation down.
func (s *Service) RegisterOrganisation(ctx context.Context, r Request, content registry.OrganisationContent) (registry.Organisation, Receipt, error) {
	return enter(ctx, s, organisations(), r, mediation.ActionOrganisationRegister,
		func(_ context.Context, _ Tx, _ registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			content, err := s.placed(content)
			if err != nil {
				return registry.Organisation{}, registry.Entry{}, err
			}
			return registry.RegisterOrganisation(content, s.Unit(), act)
		})
}

// placed refuses an organisation whose area is not the tenant's: a town keeps those of its town and its villages, the
// county desk those of the county. It also checks the credit code.
func (s *Service) placed(content registry.OrganisationContent) (registry.OrganisationContent, error) {
	code, unit := content.DivisionCode, s.Unit()
	inside := len(code) >= len(unit) && code[:len(unit)] == unit
	if mediation.DeskOf(unit) == unit {
		inside = len(code) >= 6 && mediation.CountyOf(code) == mediation.CountyOf(unit)
	}
	if code != "" && !inside {
		return content, mediation.Fail(mediation.Invalid, "invalid-organisation", "The organisation breaks a rule.", "调解组织信息不符合规定。").
			WithFields(mediation.FieldError{Pointer: "/divisionCode", Code: "not-of-this-unit",
				Message:   "Give a place of this unit; organisations of the whole county are registered with the county desk.",
				MessageZH: "请填写本单位辖区的区划代码；县级组织由县指挥中心登记。"})
	}
	if content.USCC == "" {
		return content, nil
	}
	uscc, err := mediation.CheckedUSCC("/uscc", content.USCC)
	content.USCC = uscc
	return content, err
}

func (s *Service) alterOrganisation(ctx context.Context, r Request, action mediation.Action, id registry.ID, version int64,
	do func(o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error),
) (registry.Organisation, Receipt, error) {
	changedAt := func(o registry.Organisation) time.Time { return o.UpdatedAt }
	return alter(ctx, s, organisations(), r, action, id, version, changedAt,
		func(_ context.Context, _ Tx, o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			return do(o, act)
		})
}

// ChangeOrganisation puts the whole content right.
func (s *Service) ChangeOrganisation(ctx context.Context, r Request, id registry.ID, version int64, content registry.OrganisationContent, reason string) (registry.Organisation, Receipt, error) {
	return s.alterOrganisation(ctx, r, mediation.ActionOrganisationChange, id, version,
		func(o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			content, err := s.placed(content)
			if err != nil {
				return registry.Organisation{}, registry.Entry{}, err
			}
			return o.Change(content, reason, act)
		})
}

// SetOrganisationStatus suspends, resumes or dissolves an organisation, for a reason.
func (s *Service) SetOrganisationStatus(ctx context.Context, r Request, id registry.ID, version int64, status registry.OrganisationStatus, reason string) (registry.Organisation, Receipt, error) {
	return s.alterOrganisation(ctx, r, mediation.ActionOrganisationStatus, id, version,
		func(o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			switch status {
			case registry.OrganisationActive:
				return o.Resume(reason, act)
			case registry.OrganisationSuspended:
				return o.Suspend(reason, act)
			case registry.OrganisationDissolved:
				return o.Dissolve(reason, act)
			}
			return registry.Organisation{}, registry.Entry{}, unknownStatus("invalid-organisation")
		})
}

func unknownStatus(code string) error {
	return mediation.Fail(mediation.Invalid, code, "The status is not on the list.", "状态不在代码表中。").
		WithFields(mediation.FieldError{Pointer: "/status", Code: "unknown-code", Message: "Choose from the published code list.", MessageZH: "请从已公布的代码表中选择。"})
}

// FileOrganisation submits a filing to the bureau.
func (s *Service) FileOrganisation(ctx context.Context, r Request, id registry.ID, version int64, kind registry.FilingKind, note string) (registry.Organisation, Receipt, error) {
	return s.alterOrganisation(ctx, r, mediation.ActionOrganisationFile, id, version,
		func(o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			return o.SubmitFiling(kind, note, act)
		})
}

// DecideOrganisationFiling takes the bureau's answer down.
func (s *Service) DecideOrganisationFiling(ctx context.Context, r Request, id registry.ID, version int64, decision registry.FilingDecision) (registry.Organisation, Receipt, error) {
	return s.alterOrganisation(ctx, r, mediation.ActionOrganisationDecide, id, version,
		func(o registry.Organisation, act registry.Act) (registry.Organisation, registry.Entry, error) {
			return o.DecideFiling(decision, act)
		})
}
