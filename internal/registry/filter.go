package registry

// Filters of lists. What is empty does not filter; values of one field are alternatives, fields are conditions.
type (
	// OrganisationFilter filters organisations.
	OrganisationFilter struct {
		Kinds           []OrganisationKind
		Statuses        []OrganisationStatus
		Name            string // a part of the name
		Division        string // the beginning of the division code: a county, a town or a village
		DisputeType     string // that it handles
		Filed           *bool
		Pending         *bool  // a filing waits for the bureau
		FilingDueBefore string // days are 2006-01-02
		TermEndsBefore  string
	}
	// MediatorFilter filters mediators.
	MediatorFilter struct {
		Statuses        []MediatorStatus
		Organisation    ID         // where the mediator serves today
		Engagement      Engagement // in which the mediator serves today
		Division        string     // beginning of the code of an organisation where the mediator serves today
		Skill           string
		Name            string // the whole name; not for a county, which knows no names
		Filed           *bool
		Pending         *bool
		Verified        *bool
		FilingDueBefore string
		TermEndsBefore  string
	}
	// AdviserFilter filters legal advisers.
	AdviserFilter struct {
		Statuses           []AdviserStatus
		Village            string // code, or the beginning of one
		ContractEndsBefore string
	}
)

// Checked is the filter, or Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (f OrganisationFilter) Checked() (OrganisationFilter, error) {
	var check checker
	for _, kind := range f.Kinds {
		check.code("/kind", string(kind), organisationKinds, 1)
	}
	for _, status := range f.Statuses {
		check.code("/status", string(status), organisationStatuses, 1)
	}
	f.Name = check.text("/name", f.Name, 0, maxName)
	f.DisputeType = check.text("/dispute_type", f.DisputeType, 0, maxWord)
	check.place("/division", f.Division)
	check.day("/filing_due_before", f.FilingDueBefore, 0)
	check.day("/term_ends_before", f.TermEndsBefore, 0)
	return f, check.query()
}

// Checked is the filter, or Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (f MediatorFilter) Checked() (MediatorFilter, error) {
	var check checker
	for _, status := range f.Statuses {
		check.code("/status", string(status), mediatorStatuses, 1)
	}
	check.code("/engagement", string(f.Engagement), engagements, 0)
	check.place("/division", f.Division)
	f.Skill = check.text("/skill", f.Skill, 0, maxWord)
	f.Name = check.text("/name", f.Name, 0, maxName)
	check.day("/filing_due_before", f.FilingDueBefore, 0)
	check.day("/term_ends_before", f.TermEndsBefore, 0)
	return f, check.query()
}

// Checked is the filter, or Invalid "invalid-query" with every violated rule; pointers name query parameters.
func (f AdviserFilter) Checked() (AdviserFilter, error) {
	var check checker
	for _, status := range f.Statuses {
		check.code("/status", string(status), adviserStatuses, 1)
	}
	check.place("/village", f.Village)
	check.day("/contract_ends_before", f.ContractEndsBefore, 0)
	return f, check.query()
}

// place wants the beginning of a division code, or nothing.
func (c *checker) place(pointer, code string) {
	if code != "" {
		c.division(pointer, code, countySize, townSize, villageSize)
	}
}

func (c *checker) query() error {
	return c.err("invalid-query", "The query breaks a rule.", "查询条件不符合规定。")
}
