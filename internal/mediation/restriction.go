package mediation

import (
	"slices"
	"time"
)

// Restriction is why a case is seen by few: its host and co-mediators, the director, and whoever is invited. For everybody
// else it is not there.
type Restriction string

// The reasons.
const (
	RestrictionFamily Restriction = "family"
	RestrictionMinor  Restriction = "minor"
	RestrictionSexual Restriction = "sexual-violence"
	RestrictionOther  Restriction = "privacy"
)

var restrictions = []Code{
	{Code: string(RestrictionFamily), ZH: "婚姻家庭", EN: "Marriage and family"},
	{Code: string(RestrictionMinor), ZH: "涉及未成年人", EN: "A minor is concerned", Note: "未成年人保护法103条"},
	{Code: string(RestrictionSexual), ZH: "涉及性侵害、性骚扰", EN: "Sexual violence or harassment", Note: "民法典1010条；未成年人保护法54条"},
	{Code: string(RestrictionOther), ZH: "其他个人隐私、商业秘密", EN: "Other private matters or business secrets", Note: "L15"},
}

// Restricting says why a case is to be seen by few.
type Restricting struct {
	Reason Restriction
	Note   string
}

// tagsOfViolence are the tags that close a case the moment it is filed.
var tagsOfViolence = []string{"性侵", "性侵害", "性暴力", "性骚扰", "强奸", "猥亵"}

// tagsOfMinors do so because of a child.
var tagsOfMinors = []string{"未成年人", "涉未成年人", "校园欺凌"}

// restrictionOf is what closes a dispute the moment it is filed: a tag, or a party who is not 18 yet. Whether a family's
// dispute is one of those is a person's decision, which the list of actions proposes: most are about money or care, and a
// town's people must be able to help.
func restrictionOf(c Case, at time.Time) Restriction {
	tagged := func(tags []string) bool {
		return slices.ContainsFunc(c.Tags, func(tag string) bool { return slices.Contains(tags, tag) })
	}
	switch {
	case tagged(tagsOfViolence):
		return RestrictionSexual
	case tagged(tagsOfMinors) || slices.ContainsFunc(c.Parties, func(p Party) bool { return p.MinorOn(at) }):
		return RestrictionMinor
	}
	return ""
}

// restrictedAtFiling closes a new case where it must be, and keeps whoever filed it on its list for a month, so that the
// filing can be put right.
func (c Case) restrictedAtFiling(act Act) Case {
	if c.Restriction == "" {
		c.Restriction = restrictionOf(c, act.At)
	}
	if who := (Principal{Issuer: act.By.Issuer, Subject: act.By.Subject}); c.Invited(who, LegalDay(act.At)) || c.Assigned(who) {
		return c
	}
	if c.Restriction != "" && !slices.Contains(act.By.Roles, RoleDirector) {
		c.Invitations = append(slices.Clone(c.Invitations), Invitation{
			Issuer: act.By.Issuer, Subject: act.By.Subject, Name: act.By.Name, Purpose: "登记人", By: act.By.Subject,
			Until: LegalDay(act.At.AddDate(0, 1, 0)), InvitedAt: act.At,
		})
	}
	return c
}

// Restrict closes the case to all but those of its list.
func (c Case) Restrict(restricting Restricting, act Act) (Case, Entry, error) {
	if err := c.ready(VerbRestrict, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.choice("/reason", string(restricting.Reason), restrictions, "restrictions", "限制公开理由")
	restricting.Note = check.text("/note", restricting.Note, 0, maxNote, manyLines)
	if err := check.err("invalid-restriction", "The restriction breaks a rule.", "限制公开不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Restriction = restricting.Reason
	return changed.move(VerbRestrict, act, restricting.Note,
		[]Change{{Field: "/restriction", Before: encoded(c.Restriction), After: encoded(restricting.Reason)}})
}

// Unrestricting opens a case again.
type Unrestricting struct {
	Reason string
}

// Unrestrict opens the case to those who see the tenant's other cases.
func (c Case) Unrestrict(opening Unrestricting, act Act) (Case, Entry, error) {
	if err := c.ready(VerbUnrestrict, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	opening.Reason = check.text("/reason", opening.Reason, 1, maxNote, manyLines)
	if err := check.err("invalid-restriction", "The restriction breaks a rule.", "限制公开不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Restriction = ""
	return changed.move(VerbUnrestrict, act, opening.Reason,
		[]Change{{Field: "/restriction", Before: encoded(c.Restriction)}})
}

func isRestricted(c Case, _ time.Time) []FieldError {
	if c.Restriction != "" {
		return nil
	}
	return gap("/restriction", "not-restricted", "The case is not restricted.", "本案未限制公开。")
}

func notRestricted(c Case, _ time.Time) []FieldError {
	if c.Restriction == "" {
		return nil
	}
	return gap("/restriction", "already-restricted", "The case is restricted already.", "本案已限制公开。")
}

// adviceToRestrict proposes to close a family's case.
func (c Case) adviceToRestrict() []Missing {
	if c.Type != DisputeFamily || c.Restriction != "" {
		return nil
	}
	return []Missing{{
		Code: "restriction-advised", Pointer: "/restriction",
		ZH: "婚姻家庭纠纷涉及个人隐私的，建议限制公开。", EN: "A family's dispute that touches private life is better restricted.",
	}}
}
