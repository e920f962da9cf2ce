package tenantdb

import "strings"

// audience says which role of a county a grant or policy speaks of.
type audience int

const (
	tenantItself audience = iota // t<code>, on its own schema
	allTowns                     // county_<code>_towns: every tenant of the county, behind row-level security
	wholeCounty                  // county_<code>: sees the whole county
)

// grant is one line of the table of who may do what. Nothing else is granted to anybody.
type grant struct {
	table string
	to    audience
	verbs string // SELECT, INSERT, UPDATE, DELETE
}

// tenantGrants are all rights on the tables of a tenant's schema. The journal is append-only, and no record of a case is
// ever lost, because nobody has more.
var tenantGrants = []grant{
	{"schema_migration", tenantItself, "SELECT"},
	{"data_key", tenantItself, "SELECT"},
	{"committee", tenantItself, "SELECT"},
	{"numbering", tenantItself, "SELECT INSERT UPDATE"},
	{"cases", tenantItself, "SELECT INSERT UPDATE"},
	{"party", tenantItself, "SELECT INSERT DELETE"},
	{"record", tenantItself, "SELECT INSERT UPDATE"},
	{"mediator", tenantItself, "SELECT INSERT UPDATE"},
	{"invitation", tenantItself, "SELECT INSERT UPDATE DELETE"},
	{"clock", tenantItself, "SELECT INSERT UPDATE"},
	{"case_search", tenantItself, "SELECT INSERT UPDATE"},
	{"journal", tenantItself, "SELECT INSERT"},
	{"audit", tenantItself, "SELECT INSERT"},
	{"attachment", tenantItself, "SELECT INSERT UPDATE"},
	{"attachment_usage", tenantItself, "SELECT INSERT UPDATE"},
	{"attachment_leftover", tenantItself, "SELECT INSERT UPDATE DELETE"},
	{"attachment_link", tenantItself, "SELECT INSERT DELETE"},
	{"notice", tenantItself, "SELECT INSERT UPDATE DELETE"},
	{"delivery", tenantItself, "SELECT INSERT UPDATE DELETE"},
	{"idempotency_key", tenantItself, "SELECT INSERT DELETE"},
	{"screening_round", tenantItself, "SELECT INSERT UPDATE"},
	{"round_grid", tenantItself, "SELECT INSERT DELETE"},
	{"round_journal", tenantItself, "SELECT INSERT"},
	{"zero_report", tenantItself, "SELECT INSERT"},
	{"lead_import", tenantItself, "SELECT INSERT"},
	{"lead_import_sheet", tenantItself, "SELECT INSERT DELETE"},
	{"lead", tenantItself, "SELECT INSERT UPDATE"},
	{"lead_journal", tenantItself, "SELECT INSERT"},
	{"party_key", tenantItself, "SELECT INSERT DELETE"},
	{"backfill", tenantItself, "SELECT INSERT UPDATE"},
}

// countyGrants are all rights on the tables of the schema county. Nobody reaches claim.
var countyGrants = []grant{
	{"schema_migration", allTowns, "SELECT"},
	{"schema_migration", wholeCounty, "SELECT"},
	{"blind_key", allTowns, "SELECT"}, // wrapped: who reads it has nothing
	{"blind_key", wholeCounty, "SELECT"},
	{"county", allTowns, "SELECT"},
	{"county", wholeCounty, "SELECT"},
	{"tenant", allTowns, "SELECT"},
	{"tenant", wholeCounty, "SELECT"},
	{"member", allTowns, "SELECT INSERT UPDATE DELETE"},
	{"member", wholeCounty, "SELECT INSERT UPDATE DELETE"},
	{"case_index", allTowns, "SELECT INSERT UPDATE"},
	{"case_index", wholeCounty, "SELECT"},
	{"party_index", allTowns, "SELECT INSERT DELETE"},
	{"party_index", wholeCounty, "SELECT"},
	{"clock", allTowns, "SELECT INSERT UPDATE DELETE"},
	{"clock", wholeCounty, "SELECT"},
	{"event", allTowns, "SELECT INSERT"},
	{"event", wholeCounty, "SELECT"},
	{"idempotency_key", wholeCounty, "SELECT INSERT DELETE"},

	{"organisation", allTowns, "SELECT INSERT UPDATE"},
	{"organisation", wholeCounty, "SELECT"},
	{"mediator", allTowns, "SELECT INSERT UPDATE"},
	{"mediator", wholeCounty, "SELECT"},
	{"posting", allTowns, "SELECT INSERT UPDATE DELETE"},
	{"posting", wholeCounty, "SELECT"},
	{"legal_adviser", allTowns, "SELECT INSERT UPDATE"},
	{"legal_adviser", wholeCounty, "SELECT"},
	{"registry_journal", allTowns, "SELECT INSERT"},
	{"reference", allTowns, "SELECT INSERT"},
	{"reference", wholeCounty, "SELECT INSERT"},

	{"audit", wholeCounty, "SELECT INSERT"},
	{"audit_leaf", allTowns, "SELECT"}, // no role of a tenant adds to its own seals, and nobody changes any
	{"audit_leaf", wholeCounty, "SELECT INSERT"},
	{"audit_checkpoint", allTowns, "SELECT"},
	{"audit_checkpoint", wholeCounty, "SELECT INSERT"},
}

// policy is one row-level security policy on a table of the schema county. The tenant is the role's own name: a setting
// could be set by the role, and only equality lets the planner use the index.
type policy struct {
	table, name string
	to          audience
	command     string // ALL, SELECT, INSERT, UPDATE, DELETE
	using       string // which rows are there
	check       string // which rows may be written
}

const (
	isMe       = `substr(CURRENT_USER, 2)`    // 371621101
	isMyCounty = `substr(CURRENT_USER, 2, 6)` // 371621
	isMyDesk   = `substr(CURRENT_USER, 2, 6) || '000'`
	// countyItself reads county_371621.
	countyItself = `substr(CURRENT_USER, 8)`
	fromAPI      = `source = 'api'` // rows with source 'resource' belong to the operator
)

var countyPolicies = []policy{
	{"tenant", "own_row", allTowns, "SELECT", "code = " + isMe, ""},
	{"tenant", "whole_county", wholeCounty, "SELECT", "true", ""},

	{"member", "own_members", allTowns, "SELECT", "unit = " + isMe, ""},
	{"member", "county_members", allTowns, "SELECT", "unit = " + isMyCounty, ""},
	{"member", "own_insert", allTowns, "INSERT", "", "unit = " + isMe + " AND " + fromAPI},
	{"member", "own_update", allTowns, "UPDATE", "unit = " + isMe + " AND " + fromAPI, "unit = " + isMe + " AND " + fromAPI},
	{"member", "own_delete", allTowns, "DELETE", "unit = " + isMe + " AND " + fromAPI, ""},
	{"member", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"member", "county_insert", wholeCounty, "INSERT", "", fromAPI},
	{"member", "county_update", wholeCounty, "UPDATE", fromAPI, fromAPI},
	{"member", "county_delete", wholeCounty, "DELETE", fromAPI, ""},

	{"case_index", "own_origin", allTowns, "SELECT", "origin = " + isMe, ""},
	{"case_index", "own_custody", allTowns, "SELECT", "custodian = " + isMe, ""},
	{"case_index", "own_insert", allTowns, "INSERT", "", "origin = " + isMe + " AND custodian = " + isMe},
	{"case_index", "own_update", allTowns, "UPDATE", "custodian = " + isMe, "custodian = " + isMe},
	{"case_index", "whole_county", wholeCounty, "SELECT", "true", ""},

	{"party_index", "own_parties", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe},
	{"party_index", "whole_county", wholeCounty, "SELECT", "true", ""},

	{"clock", "own_clocks", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe},
	{"clock", "whole_county", wholeCounty, "SELECT", "true", ""},

	{"event", "own_events", allTowns, "SELECT", "tenant = " + isMe, ""},
	{"event", "own_insert", allTowns, "INSERT", "", "tenant = " + isMe},
	{"event", "whole_county", wholeCounty, "SELECT", "true", ""},

	{"idempotency_key", "whole_county", wholeCounty, "ALL", "true", "true"},

	{"organisation", "own_organisations", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe},
	{"organisation", "county_organisations", allTowns, "SELECT", "tenant = " + isMyDesk, ""},
	{"organisation", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"mediator", "own_mediators", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe},
	{"mediator", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"posting", "own_postings", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe + " AND (host = " + isMe + " OR host = " + isMyDesk + ")"},
	{"posting", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"legal_adviser", "own_advisers", allTowns, "ALL", "tenant = " + isMe, "tenant = " + isMe},
	{"legal_adviser", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"registry_journal", "own_entries", allTowns, "SELECT", "tenant = " + isMe, ""},
	{"registry_journal", "own_insert", allTowns, "INSERT", "", "tenant = " + isMe},
	{"reference", "province", allTowns, "SELECT", "layer = 'province'", ""},
	{"reference", "my_county", allTowns, "SELECT", "unit = " + isMyCounty, ""},
	{"reference", "own_rows", allTowns, "SELECT", "unit = " + isMe, ""},
	{"reference", "own_insert", allTowns, "INSERT", "", "unit = " + isMe},
	{"reference", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"reference", "county_insert", wholeCounty, "INSERT", "", "unit = " + countyItself},

	{"audit", "county_entries", wholeCounty, "SELECT", "true", ""},
	{"audit", "county_insert", wholeCounty, "INSERT", "", "true"},
	{"audit_leaf", "own_leaves", allTowns, "SELECT", "tenant = " + isMe, ""},
	{"audit_leaf", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"audit_leaf", "county_insert", wholeCounty, "INSERT", "", "substr(tenant, 1, 6) = " + countyItself},
	{"audit_checkpoint", "own_checkpoints", allTowns, "SELECT", "tenant = " + isMe, ""},
	{"audit_checkpoint", "whole_county", wholeCounty, "SELECT", "true", ""},
	{"audit_checkpoint", "county_insert", wholeCounty, "INSERT", "", "substr(tenant, 1, 6) = " + countyItself},
}

// roleOf names the role of an audience; unit is the schema's code (6 or 9 digits).
func roleOf(to audience, unit string) string {
	switch to {
	case allTowns:
		return TownsRole(unit[:6])
	case wholeCounty:
		return CountyRole(unit[:6])
	case tenantItself:
	}
	return TenantRole(unit)
}

// right is one privilege of one role on one relation or schema, as aclexplode tells it.
type right struct {
	relation  string // "" is the schema itself
	column    string // "" is the whole relation; we grant no columns
	grantee   string // PUBLIC for everybody
	verb      string
	grantable bool
}

// declaredRights spells out the grants of one schema.
func declaredRights(grants []grant, unit string) map[right]bool {
	declared := map[right]bool{}
	for _, g := range grants {
		role := roleOf(g.to, unit)
		declared[right{grantee: role, verb: "USAGE"}] = true
		for _, verb := range strings.Fields(g.verbs) {
			declared[right{relation: g.table, grantee: role, verb: verb}] = true
		}
	}
	return declared
}
