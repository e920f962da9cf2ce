package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

type (
	// EthnicityCode is a code of GB/T 3304.
	EthnicityCode string
	// AgentKindCode tells an agent by law from one whom the party sends.
	AgentKindCode string
)

// Schema of the list ethnicities.
func (EthnicityCode) Schema(huma.Registry) *huma.Schema { return codeSchema("ethnicities") }

// Schema of the list agent-kinds.
func (AgentKindCode) Schema(huma.Registry) *huma.Schema { return codeSchema("agent-kinds") }

// PartyDetails is what the forms ask of a party beside name, papers and place.
type PartyDetails struct {
	Ethnicity  EthnicityCode `json:"ethnicity,omitempty" example:"01" doc:"民族. Persons only."`
	BornOn     string        `json:"bornOn,omitempty" pattern:"^[0-9]{4}-([0-9]{2}-[0-9]{2}|\\*\\*-\\*\\*)$" example:"1980-01-01" doc:"出生日期. Persons only. Left out where the identity number tells it; shown from there. Masked, the year stays: 1980-**-**."`
	Occupation string        `json:"occupation,omitempty" maxLength:"100" example:"农民" doc:"职业或者职务; of an organisation, the post of its legal representative."`
	Agent      *AgentInput   `json:"agent,omitempty" doc:"Who speaks for the party (代理人)."`
}

// AgentInput is who speaks for a party.
type AgentInput struct {
	Kind        AgentKindCode `json:"kind" example:"entrusted"`
	Name        string        `json:"name" minLength:"1" maxLength:"100" example:"王律师"`
	Relation    string        `json:"relation,omitempty" maxLength:"100" example:"律师" doc:"To the party, in words."`
	Phone       string        `json:"phone,omitempty" maxLength:"32" example:"13900004321"`
	PowerOnFile bool          `json:"powerOnFile,omitempty" example:"true" doc:"The power of attorney (授权委托书) was handed in."`
}

// partyDetails shows the birthday that an unmasked number tells; a masked one tells none.
func partyDetails(p mediation.Party) PartyDetails {
	details := PartyDetails{Ethnicity: EthnicityCode(p.Ethnicity), BornOn: p.KnownBirthday(), Occupation: p.Occupation}
	if a := p.Agent; a != (mediation.Agent{}) {
		details.Agent = &AgentInput{Kind: AgentKindCode(a.Kind), Name: a.Name, Relation: a.Relation, Phone: a.Phone, PowerOnFile: a.PowerOnFile}
	}
	return details
}

func partyView(p mediation.Party) PartyView {
	return PartyView{ID: string(p.ID), PartyInput: PartyInput{
		Side: SideCode(p.Side), Kind: PartyCode(p.Kind), Name: p.Name,
		IdentityType: IdentityCode(p.IdentityType), IdentityNumber: p.IdentityNumber, IdentityOverride: p.IdentityOverride,
		Sex: SexCode(p.Sex), Phone: p.Phone, Address: p.Address, LegalRepresentative: p.LegalRepresentative,
		PartyDetails: partyDetails(p),
	}}
}

func (p PartyInput) party(id string) mediation.Party {
	party := mediation.Party{
		ID: mediation.ID(id), Side: mediation.Side(p.Side), Kind: mediation.PartyKind(p.Kind), Name: p.Name,
		IdentityType: mediation.IdentityType(p.IdentityType), IdentityNumber: p.IdentityNumber,
		IdentityOverride: p.IdentityOverride, Sex: mediation.Sex(p.Sex), Phone: p.Phone, Address: p.Address,
		LegalRepresentative: p.LegalRepresentative, Ethnicity: string(p.Ethnicity), BornOn: p.BornOn, Occupation: p.Occupation,
	}
	if a := p.Agent; a != nil {
		party.Agent = mediation.Agent{Kind: mediation.AgentKind(a.Kind), Name: a.Name, Relation: a.Relation, Phone: a.Phone, PowerOnFile: a.PowerOnFile}
	}
	return party
}
