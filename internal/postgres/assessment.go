package postgres

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// judgedColumns are difficulty, colour and classes as the rows of a case and of the county's index have them; NULL, and of
// a case of an earlier version every one, is not judged yet.
type judgedColumns struct {
	difficulty, risk *string
	governance       []string
	enterprise       *bool
}

// judgedValues are the columns difficulty, risk, governance_types, enterprise.
func judgedValues(c mediation.Case) []any {
	var (
		governance []string
		enterprise *bool
	)
	if c.Classification != nil {
		governance, enterprise = texts(c.Classification.Governance), &c.Classification.EnterpriseRelated
	}
	return []any{optional(string(c.Difficulty())), optional(string(c.Colour())), governance, enterprise}
}

// fill gives a listed case what its row tells; how it came about stands in the records, which a list does not open.
func (j judgedColumns) fill(c *mediation.Case) {
	if j.difficulty != nil {
		c.Gradings = []mediation.Grading{{Computed: mediation.Difficulty(*j.difficulty)}}
	}
	if j.risk != nil {
		c.Assessments = []mediation.Assessment{{Computed: mediation.Colour(*j.risk)}}
	}
	if j.enterprise != nil {
		c.Classification = &mediation.Classification{Governance: j.governanceTypes(), EnterpriseRelated: *j.enterprise}
	}
}

func (j judgedColumns) governanceTypes() []mediation.GovernanceType {
	types := make([]mediation.GovernanceType, 0, len(j.governance))
	for _, code := range j.governance {
		types = append(types, mediation.GovernanceType(code))
	}
	return types
}

// RaiseRisk puts the event behind the one of the change itself, with the end of the transaction.
func (t *tenantTx) RaiseRisk(_ context.Context, entry mediation.Entry) error {
	t.last.Queue(`INSERT INTO county.event (tenant, type, case_id, version, at) VALUES ($1, 'case.risk-raised', $2, $3, $4)`,
		t.rows.code, string(entry.Case), entry.Version, entry.At)
	return nil
}
