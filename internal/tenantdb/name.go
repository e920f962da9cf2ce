package tenantdb

import (
	"regexp"

	"github.com/jackc/pgx/v5"
)

// Server-wide roles. tiaojie_operator owns and makes; the two logins own nothing.
const (
	OperatorRole = "tiaojie_operator"
	APILogin     = "tiaojie_api"
	WorkerLogin  = "tiaojie_worker"
)

var (
	countyCode = regexp.MustCompile(`^[0-9]{6}$`)
	tenantCode = regexp.MustCompile(`^[0-9]{9}$`)
	slotName   = regexp.MustCompile(`^[ab]$`)
)

// CountyDatabase is the name of a county's database.
func CountyDatabase(code string) string { return "county_" + code }

// CountyRole sees the whole county through row-level security.
func CountyRole(code string) string { return "county_" + code }

// TownsRole is the group of all tenant roles of a county: it holds CONNECT and the grants on the schema county, so that
// a new town changes no row that another town's worker is changing.
func TownsRole(county string) string { return "county_" + county + "_towns" }

// OwnerRole owns a unit's schema: o371621 the schema county, o371621101 the schema t371621101.
func OwnerRole(code string) string { return "o" + code }

// TenantRole is the role that acts in one tenant; its schema has the same name.
func TenantRole(code string) string { return "t" + code }

// SlotLogin is one of a tenant's two logins; slot is "a" or "b".
func SlotLogin(code, slot string) string { return "t" + code + "_" + slot }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

func checkCounty(code string) error {
	if !countyCode.MatchString(code) {
		return &Problem{Reason: ReasonInvalidName, Message: "a county's code has 6 digits, such as 371621"}
	}
	return nil
}

func (c *County) checkTenant(code string) error {
	if !tenantCode.MatchString(code) {
		return &Problem{Reason: ReasonInvalidName, Message: "a tenant's code has 9 digits, such as 371621101"}
	}
	if code[:6] != c.code {
		return &Problem{Reason: ReasonInvalidName, Message: "tenant " + code + " does not belong to county " + c.code +
			": a town's code begins with its county's; declare it in namespace county-" + code[:6]}
	}
	return nil
}
