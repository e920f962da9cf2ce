package mediation

import (
	"fmt"
	"slices"
	"strings"
)

// DemandingRoles are the roles that demand a second factor unless the installation says otherwise. A program never holds
// one of them, whatever the installation says.
func DemandingRoles() []Role {
	return []Role{
		RoleCountyAdministrator, RoleDirector, RoleSystemAdministrator, RoleSecurityAdministrator, RoleAuditAdministrator,
	}
}

// ParseDemandingRoles reads a list of roles parted by commas; "none" and "" are no role.
func ParseDemandingRoles(text string) ([]Role, error) {
	var roles []Role
	if text == "none" {
		return nil, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		role := Role(strings.TrimSpace(name))
		switch {
		case role == "":
		case !role.Known():
			return nil, fmt.Errorf("%q is no role", role)
		default:
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// Withhold is the actor without the roles that demand a second factor, when the actor signed in without one. The other
// roles stay, and Permit says which of those withheld would have done.
func (a Actor) Withhold(demanding []Role) Actor {
	if a.SecondFactor {
		return a
	}
	kept := a
	kept.Roles = nil
	for _, role := range a.Roles {
		if slices.Contains(demanding, role) {
			kept.Withheld = append(kept.Withheld, role)
		} else {
			kept.Roles = append(kept.Roles, role)
		}
	}
	return kept
}

// secondFactorRequired is the answer to somebody whose role would do, had they signed in with a second factor.
func secondFactorRequired(unit string) error {
	return Fail(Forbidden, "second-factor-required",
		"Your role in unit "+unit+" demands a second factor: sign in again with one.",
		"您在单位 "+unit+" 的角色要求双因素认证：请使用第二因素重新登录。")
}
