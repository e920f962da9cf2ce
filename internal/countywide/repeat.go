package countywide

import (
	"context"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// RepeatParty is one person or organisation that is a party in several matters of the county: how many, where and since
// when. No name: the handle is a digest under the county's key, and means nothing elsewhere.
type RepeatParty struct {
	Handle  string
	Cases   int
	Leads   int
	Tenants []string
	Since   time.Time
	Latest  time.Time
}

// RepeatMatter is one case or lead of such a party, as the county's index has it.
type RepeatMatter struct {
	Tenant        string
	TenantName    string
	Kind          string // case, lead
	ID            mediation.ID
	At            time.Time
	Registration  string // of a case, like all that follows
	Number        string
	State         mediation.State
	Type          mediation.DisputeType
	MaskedParties []string
}

// RepeatQuery asks for parties of matters in at least so many tenants.
type RepeatQuery struct {
	Tenants int
	After   *mediation.Position
	Limit   int
}

// RepeatPage is one page of the list.
type RepeatPage struct {
	Parties []RepeatParty
	Next    *mediation.Position
	Total   mediation.Total
}

// RepeatStore reads the index of parties.
type RepeatStore interface {
	RepeatParties(ctx context.Context, query RepeatQuery) (RepeatPage, error)
	// RepeatMatters are the matters of one handle, oldest first; none when nobody has it.
	RepeatMatters(ctx context.Context, handle string) ([]RepeatMatter, error)
}

// Informed is a tenant that is told of a look at what is its own.
type Informed func(ctx context.Context, tenant string, objects []mediation.AuditObject) error

// RepeatParties lists the parties of several matters, those with the latest one first.
func (s *Service) RepeatParties(ctx context.Context, r Request, query RepeatQuery) (RepeatPage, error) {
	if err := s.permit(r, mediation.ActionRepeatPartyList); err != nil {
		return RepeatPage{}, err
	}
	limit, err := mediation.CheckedLimit(query.Limit)
	if err != nil {
		return RepeatPage{}, err
	}
	query.Limit = limit
	return s.store.RepeatParties(ctx, query)
}

// RevealRepeatParty shows in which cases and leads the party is, with names masked: what lies behind is each town's to
// show. Every tenant concerned has it in its own log before it is shown; one that cannot be told keeps it from being shown.
func (s *Service) RevealRepeatParty(ctx context.Context, r Request, handle string, asked mediation.Disclosing, inform Informed) ([]RepeatMatter, error) {
	if err := s.permit(r, mediation.ActionRepeatPartyReveal); err != nil {
		return nil, err
	}
	if _, err := asked.Checked(); err != nil {
		return nil, err
	}
	matters, err := s.store.RepeatMatters(ctx, handle)
	if err != nil {
		return nil, err
	}
	if len(matters) == 0 {
		return nil, UnknownParty()
	}
	var order []string
	concerned := map[string][]mediation.AuditObject{}
	for _, m := range matters {
		if _, known := concerned[m.Tenant]; !known {
			order = append(order, m.Tenant)
		}
		concerned[m.Tenant] = append(concerned[m.Tenant], mediation.AuditObject{Kind: m.Kind, ID: string(m.ID)})
	}
	for _, tenant := range order {
		if err := inform(ctx, tenant, concerned[tenant]); err != nil {
			return nil, err
		}
	}
	return matters, nil
}

// UnknownParty is the one answer about a handle that nobody has.
func UnknownParty() *mediation.Error {
	return mediation.Fail(mediation.NotFound, "unknown-party", "There is no such party in this county.", "该县没有此当事人。")
}
