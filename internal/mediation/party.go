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
	Sex                 Sex    `json:"sex,omitempty"`        // persons only
	Ethnicity           string `json:"ethnicity,omitempty"`  // persons only; a code of the list ethnicities
	BornOn              string `json:"bornOn,omitempty"`     // persons only, 2006-01-02; "" where the identity number tells it
	Occupation          string `json:"occupation,omitempty"` // of an organisation, the post of its legal representative
	Phone               string `json:"phone,omitempty"`
	Address             string `json:"address,omitempty"`
	LegalRepresentative string `json:"legalRepresentative,omitempty"` // organisations only
	Agent               Agent  `json:"agent,omitzero"`
}

// AgentKind tells an agent by law, such as a parent, from one whom the party sends.
type AgentKind string

// The kinds of agents.
const (
	AgentStatutory AgentKind = "statutory"
	AgentEntrusted AgentKind = "entrusted"
)

var agentKinds = []Code{
	{Code: string(AgentStatutory), ZH: "法定代理人", EN: "By law", Note: "C23, C27, C28", NoteZH: "监护人等依法代理的人"},
	{Code: string(AgentEntrusted), ZH: "委托代理人", EN: "Entrusted by the party", Note: "C165", NoteZH: "应当提交授权委托书"},
}

// Agent speaks for a party (代理人). The zero value is nobody.
type Agent struct {
	Kind        AgentKind `json:"kind"`
	Name        string    `json:"name"`
	Relation    string    `json:"relation,omitempty"` // to the party, in words: 父亲, 律师
	Phone       string    `json:"phone,omitempty"`
	PowerOnFile bool      `json:"powerOnFile,omitempty"` // the power of attorney was handed in
}

// agent checks who speaks for a party.
func (c *checker) agent(pointer string, a Agent) Agent {
	if a == (Agent{}) {
		return a
	}
	if !listed(agentKinds, string(a.Kind)) {
		c.fail(pointer+"/kind", codeProblem(string(a.Kind)), "Choose from the list agent-kinds.", "请从代理人类别代码表中选择。")
	}
	a.Name = c.text(pointer+"/name", a.Name, 1, maxName, oneLine)
	a.Relation = c.text(pointer+"/relation", a.Relation, 0, maxName, oneLine)
	a.Phone = c.phone(pointer+"/phone", a.Phone)
	return a
}

// AgentOf is who speaks for the party: as the party's own entry says, or whoever signed or came for them; "" for nobody.
func (c Case) AgentOf(party ID) string {
	if p := partyOf(c.Parties, party); p.Agent.Name != "" {
		return p.Agent.Name
	}
	if c.Agreement != nil {
		for _, s := range c.Agreement.Signatures {
			if s.Party == party && s.Agent != "" {
				return s.Agent
			}
		}
	}
	for _, m := range c.Meetings {
		for _, a := range m.Attendees {
			if a.Role == AttendeeAgent && a.Party == party {
				return a.Name
			}
		}
	}
	return ""
}
