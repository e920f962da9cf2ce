package mediation

// PartyKind tells a person from an organisation.
type PartyKind string

// The kinds of parties.
const (
	PartyPerson       PartyKind = "person"
	PartyOrganisation PartyKind = "organisation"
)

// Side is where a party stands.
type Side string

// The sides. In a case of the committee's own initiative nobody needs to be the applicant.
const (
	SideApplicant  Side = "applicant"
	SideRespondent Side = "respondent"
)

// Sex is recorded as the form asks, or left empty.
type Sex string

// The sexes.
const (
	SexMale   Sex = "male"
	SexFemale Sex = "female"
)

// IdentityType names the paper that a number stands on.
type IdentityType string

// The identity papers.
const (
	IdentityNone               IdentityType = "none"
	IdentityResidentID         IdentityType = "resident-id"
	IdentityUSCC               IdentityType = "uscc"
	IdentityPassport           IdentityType = "passport"
	IdentityHKMacaoPermit      IdentityType = "hk-macao-permit"
	IdentityTaiwanPermit       IdentityType = "taiwan-permit"
	IdentityForeignPermanentID IdentityType = "foreign-permanent-id"
)

// Party is a person or an organisation in a dispute. The tags name its fields in the journal.
type Party struct {
	ID             ID           `json:"id"`
	Side           Side         `json:"side"`
	Kind           PartyKind    `json:"kind"`
	Name           string       `json:"name"`
	IdentityType   IdentityType `json:"identityType"`
	IdentityNumber string       `json:"identityNumber,omitempty"` // normalised: upper case, 18 characters for a resident id
	// IdentityOverride says why a number that fails its check is accepted all the same, for example
	// "as printed on the business licence". Only a USCC may be overridden: real ones exist that fail GB 32100.
	IdentityOverride    string `json:"identityOverride,omitempty"`
	Sex                 Sex    `json:"sex,omitempty"` // persons only
	Phone               string `json:"phone,omitempty"`
	Address             string `json:"address,omitempty"`
	LegalRepresentative string `json:"legalRepresentative,omitempty"` // organisations only
}
