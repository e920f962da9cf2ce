package casework_test

import (
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// Every use case of the registry asks for its own action, and of nobody from another unit.
func TestService_registry_everyMethodAsksForItsAction(t *testing.T) {
	o := newOffice(t)
	const id registry.ID = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"
	type call = func(r casework.Request) error
	organisation := func(_ registry.Organisation, _ casework.Receipt, err error) error { return err }
	mediator := func(_ registry.Mediator, _ casework.Receipt, err error) error { return err }
	adviser := func(_ registry.LegalAdviser, _ casework.Receipt, err error) error { return err }
	for action, do := range map[mediation.Action]call{
		mediation.ActionOrganisationList: func(r casework.Request) error {
			_, err := o.Organisations(o.ctx(), r, casework.OrganisationQuery{})
			return err
		},
		mediation.ActionOrganisationRead: func(r casework.Request) error { _, err := o.Organisation(o.ctx(), r, id); return err },
		mediation.ActionOrganisationRegister: func(r casework.Request) error {
			return organisation(o.RegisterOrganisation(o.ctx(), r, registry.OrganisationContent{}))
		},
		mediation.ActionOrganisationChange: func(r casework.Request) error {
			return organisation(o.ChangeOrganisation(o.ctx(), r, id, 0, registry.OrganisationContent{}, ""))
		},
		mediation.ActionOrganisationStatus: func(r casework.Request) error {
			return organisation(o.SetOrganisationStatus(o.ctx(), r, id, 0, "active", ""))
		},
		mediation.ActionOrganisationFile: func(r casework.Request) error { return organisation(o.FileOrganisation(o.ctx(), r, id, 0, "new", "")) },
		mediation.ActionOrganisationDecide: func(r casework.Request) error {
			return organisation(o.DecideOrganisationFiling(o.ctx(), r, id, 0, registry.FilingDecision{}))
		},
		mediation.ActionMediatorList: func(r casework.Request) error {
			_, err := o.Mediators(o.ctx(), r, casework.MediatorQuery{})
			return err
		},
		mediation.ActionMediatorRead: func(r casework.Request) error { _, err := o.Mediator(o.ctx(), r, id); return err },
		mediation.ActionMediatorRegister: func(r casework.Request) error {
			return mediator(o.RegisterMediator(o.ctx(), r, registry.MediatorContent{}))
		},
		mediation.ActionMediatorChange: func(r casework.Request) error {
			return mediator(o.ChangeMediator(o.ctx(), r, id, 0, registry.MediatorContent{}, ""))
		},
		mediation.ActionMediatorVerify: func(r casework.Request) error { return mediator(o.VerifyMediator(o.ctx(), r, id, 0, "")) },
		mediation.ActionMediatorStatus: func(r casework.Request) error {
			return mediator(o.SetMediatorStatus(o.ctx(), r, id, 0, "left", "", ""))
		},
		mediation.ActionMediatorPost: func(r casework.Request) error {
			return mediator(o.JoinOrganisation(o.ctx(), r, id, 0, registry.Posting{}))
		},
		mediation.ActionMediatorLeave: func(r casework.Request) error { return mediator(o.TakeLeave(o.ctx(), r, id, 0, registry.Leave{})) },
		mediation.ActionMediatorDeclare: func(r casework.Request) error {
			return mediator(o.DeclareConflict(o.ctx(), r, id, 0, registry.ConflictOfInterest{}))
		},
		mediation.ActionMediatorClear: func(r casework.Request) error { return mediator(o.EndConflict(o.ctx(), r, id, 0, id, "", "")) },
		mediation.ActionMediatorFile:  func(r casework.Request) error { return mediator(o.FileMediator(o.ctx(), r, id, 0, "new", "")) },
		mediation.ActionMediatorDecide: func(r casework.Request) error {
			return mediator(o.DecideMediatorFiling(o.ctx(), r, id, 0, registry.FilingDecision{}))
		},
		mediation.ActionAdviserList: func(r casework.Request) error { _, err := o.Advisers(o.ctx(), r, casework.AdviserQuery{}); return err },
		mediation.ActionAdviserRead: func(r casework.Request) error { _, err := o.Adviser(o.ctx(), r, id); return err },
		mediation.ActionAdviserRegister: func(r casework.Request) error {
			return adviser(o.RegisterAdviser(o.ctx(), r, registry.AdviserContent{}))
		},
		mediation.ActionAdviserChange: func(r casework.Request) error {
			return adviser(o.ChangeAdviser(o.ctx(), r, id, 0, registry.AdviserContent{}, ""))
		},
		mediation.ActionAdviserEnd: func(r casework.Request) error { return adviser(o.EndAdviser(o.ctx(), r, id, 0, "")) },
		mediation.ActionAdviserVisit: func(r casework.Request) error {
			return adviser(o.VisitVillage(o.ctx(), r, id, 0, registry.AdviserVisit{}))
		},
		mediation.ActionRegistryJournal: func(r casework.Request) error { _, _, err := o.RegistryEntries(o.ctx(), r, id, nil, 0); return err },
		mediation.ActionCaseSuggest:     func(r casework.Request) error { _, err := o.Suggestions(o.ctx(), r, mediation.ID(id)); return err },
	} {
		for _, role := range mediation.Roles() {
			err := do(o.as(role))
			if allowed := mediation.Permit(o.as(role).Actor, action) == nil; (mediation.CodeOf(err) == "role-required") == allowed {
				t.Errorf("%s as %s: %v", action, role, err)
			}
		}
		foreign := o.as(mediation.Roles()...)
		foreign.Actor.Unit = "371621101"
		wantCode(t, do(foreign), mediation.Forbidden, "stranger")
		wantCode(t, do(casework.Request{}), mediation.Unauthenticated, "token-required")
	}
}
