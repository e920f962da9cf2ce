package registry

// Quota is how many full-time mediators a county and each of its towns shall have, as data: figures differ from county
// to county and from year to year.
type Quota struct {
	Edition string // names the figures
	County  int    // in the organisations of the county desk, at least
	Town    int    // in those of each town, at least
}

// BaseQuota is what the opinion of six departments on full-time mediators became in the county's plan: five in the county,
// three in each town.
func BaseQuota() Quota { return Quota{Edition: "base-1", County: 5, Town: 3} }

// Of is the figure for a tenant; the county desk's code ends in 000.
func (q Quota) Of(tenant string) int {
	if len(tenant) == townSize && tenant[countySize:] == "000" {
		return q.County
	}
	return q.Town
}

// Staffing is who there is in one tenant on a day.
type Staffing struct {
	Tenant        string
	TenantName    string
	Organisations map[OrganisationKind]int // that work, by kind
	FullTime      int                      // serving mediators, each counted once
	PartTime      int                      // serving and nowhere full-time
	Filed         int                      // of all who serve
	Verified      int                      // of all who serve
	Advisers      int                      // legal advisers under contract
	Required      int                      // full-time, by the quota
}

// Short is how many full-time mediators are missing.
func (s Staffing) Short() int { return max(0, s.Required-s.FullTime) }
