package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// The codes of the registry of organisations and mediators.
type (
	// OrganisationKind is what an organisation is.
	OrganisationKind string
	// OrganisationStatus is whether an organisation works.
	OrganisationStatus string
	// OfficeCode is a seat's rank in a committee.
	OfficeCode string
	// MediatorStatus is whether a mediator serves.
	MediatorStatus string
	// RemovalGround is why a mediator is removed.
	RemovalGround string
	// ChosenCode is how a mediator was chosen.
	ChosenCode string
	// EngagementCode is full-time or part-time.
	EngagementCode string
	// VerificationCode is how an identity was verified.
	VerificationCode string
	// LeaveCode is why a mediator is away.
	LeaveCode string
	// ConflictCode is how a mediator stands to a party.
	ConflictCode string
	// RegistryFiling is what is filed with the bureau.
	RegistryFiling string
	// RegistryFilingNow is where a filing stands.
	RegistryFilingNow string
	// AdviserStatus is whether a legal adviser serves.
	AdviserStatus string
)

// Schema of the list organisation-kinds.
func (OrganisationKind) Schema(huma.Registry) *huma.Schema { return codeSchema("organisation-kinds") }

// Schema of the list organisation-statuses.
func (OrganisationStatus) Schema(huma.Registry) *huma.Schema {
	return codeSchema("organisation-statuses")
}

// Schema of the list offices.
func (OfficeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("offices") }

// Schema of the list mediator-statuses.
func (MediatorStatus) Schema(huma.Registry) *huma.Schema { return codeSchema("mediator-statuses") }

// Schema of the list mediator-removal-grounds.
func (RemovalGround) Schema(huma.Registry) *huma.Schema {
	return codeSchema("mediator-removal-grounds")
}

// Schema of the list mediator-choices.
func (ChosenCode) Schema(huma.Registry) *huma.Schema { return codeSchema("mediator-choices") }

// Schema of the list engagements.
func (EngagementCode) Schema(huma.Registry) *huma.Schema { return codeSchema("engagements") }

// Schema of the list verification-methods.
func (VerificationCode) Schema(huma.Registry) *huma.Schema { return codeSchema("verification-methods") }

// Schema of the list leave-kinds.
func (LeaveCode) Schema(huma.Registry) *huma.Schema { return codeSchema("leave-kinds") }

// Schema of the list conflict-kinds.
func (ConflictCode) Schema(huma.Registry) *huma.Schema { return codeSchema("conflict-kinds") }

// Schema of the list registry-filing-kinds.
func (RegistryFiling) Schema(huma.Registry) *huma.Schema { return codeSchema("registry-filing-kinds") }

// Schema of the list registry-filing-states.
func (RegistryFilingNow) Schema(huma.Registry) *huma.Schema {
	return codeSchema("registry-filing-states")
}

// Schema of the list legal-adviser-statuses.
func (AdviserStatus) Schema(huma.Registry) *huma.Schema { return codeSchema("legal-adviser-statuses") }

// codeLists are those of cases and those of the registry.
func codeLists() []mediation.CodeList {
	lists := mediation.CodeLists()
	for _, list := range registry.CodeLists() {
		added := mediation.CodeList{Name: list.Name, TitleZH: list.TitleZH, TitleEN: list.TitleEN}
		for _, code := range list.Codes {
			added.Codes = append(added.Codes, mediation.Code{Code: code.Code, ZH: code.ZH, EN: code.EN, Note: code.Note})
		}
		lists = append(lists, added)
	}
	return lists
}
