package mediation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxClasses is in how many classes of one family a dispute can stand.
const maxClasses = 3

// Classification is a dispute in every family beside its own type.
type Classification struct {
	Judicial          DisputeType        `json:"judicial"`             // the case's type when it was classified
	Governance        []GovernanceType   `json:"governance"`           // the main one first
	EnterpriseRelated bool               `json:"enterpriseRelated"`    // 涉企
	Enterprise        []EnterpriseMatter `json:"enterprise,omitempty"` // the main one first
	Cause             CauseOfAction      `json:"cause,omitempty"`
	Mapping           string             `json:"mapping"` // the version that was used
	Reason            string             `json:"reason,omitempty"`
	By                Principal          `json:"by"` // given by Classify
	At                time.Time          `json:"at"`
}

// Classifying is what a person chooses. What is left out of Governance and Cause is the mapping's proposal.
type Classifying struct {
	Governance        []GovernanceType
	EnterpriseRelated bool
	Enterprise        []EnterpriseMatter
	Cause             CauseOfAction
	Reason            string // wanted for what the mapping does not know: the clerk sees the dispute, the table does not
}

// Enterprise tells whether the party can be an enterprise: an organisation, and where it gave a credit code, one of the
// market supervision's (GB 32100: it begins with 9; organs, institutions, social groups and villages have others).
func (p Party) Enterprise() bool {
	return p.Kind == PartyOrganisation && (p.IdentityType != IdentityUSCC || strings.HasPrefix(p.IdentityNumber, "9"))
}

func (c Case) hasEnterprise() bool { return slices.ContainsFunc(c.Parties, Party.Enterprise) }

// Classify places a dispute of a judicial type in the other families. Unknown codes, and choices outside of the mapping
// without a reason, are Invalid "invalid-classification".
func (m TypeMapping) Classify(judicial DisputeType, choice Classifying) (Classification, error) {
	var check checker
	placed := m.classify(&check, judicial, choice)
	return placed, check.err("invalid-classification", "The classification breaks a rule.", "纠纷分类不符合规定。")
}

func (m TypeMapping) classify(check *checker, judicial DisputeType, choice Classifying) Classification {
	check.choice("/type", string(judicial), disputeTypes, "dispute-types", "纠纷类型")
	classes(check, "/governanceTypes", choice.Governance, governanceTypes, "governance-types", "综治纠纷类别")
	classes(check, "/enterpriseMatters", choice.Enterprise, enterpriseMatters, "enterprise-matters", "涉企纠纷类别")
	if choice.Cause != "" {
		check.choice("/causeOfAction", string(choice.Cause), causes, "causes-of-action", "民事案由")
	}
	if len(choice.Enterprise) > 0 && !choice.EnterpriseRelated {
		check.fail("/enterpriseMatters", "not-enterprise-related",
			"Only an enterprise-related dispute has enterprise matters.", "非涉企纠纷不填写涉企类别。")
	}
	reason := check.text("/reason", choice.Reason, 0, maxNote, manyLines)
	if len(check.fields) == 0 && reason == "" && m.unusual(judicial, choice) {
		check.fail("/reason", "reason-required",
			"The mapping does not know this choice for the type of the dispute: say why.", "所选类别与纠纷类型通常不对应，请说明理由。")
	}
	placed := Classification{
		Judicial: judicial, Governance: slices.Clone(choice.Governance), EnterpriseRelated: choice.EnterpriseRelated,
		Enterprise: slices.Clone(choice.Enterprise), Cause: choice.Cause, Mapping: m.Version, Reason: reason,
	}
	if may := m.To(FamilyGovernance, judicial); len(placed.Governance) == 0 && len(may) > 0 {
		placed.Governance = []GovernanceType{GovernanceType(may[0])}
	}
	if placed.Cause == "" {
		placed.Cause = CauseOfAction(m.proposal(FamilyCause, judicial))
	}
	return placed
}

// unusual tells whether a choice goes beyond what the mapping knows.
func (m TypeMapping) unusual(judicial DisputeType, choice Classifying) bool {
	return beyond(choice.Governance, m.To(FamilyGovernance, judicial)) || beyond(choice.Enterprise, m.To(FamilyEnterprise, judicial)) ||
		(choice.Cause != "" && !slices.Contains(m.To(FamilyCause, judicial), string(choice.Cause)))
}

func beyond[T ~string](given []T, may []string) bool {
	return slices.ContainsFunc(given, func(code T) bool { return !slices.Contains(may, string(code)) })
}

// proposal is the default of a family for a type, or "".
func (m TypeMapping) proposal(family TypeFamily, judicial DisputeType) string {
	for _, link := range m.Links {
		if link.Family == family && link.Judicial == judicial && link.Default {
			return link.Code
		}
	}
	return ""
}

// classes takes known codes of one family, each once.
func classes[T ~string](check *checker, pointer string, given []T, codes []Code, list, listZH string) {
	if len(given) > maxClasses {
		check.fail(pointer, "too-many", "Choose at most three.", "最多选择三项。")
		return
	}
	for i, code := range given {
		at := pointer + "/" + strconv.Itoa(i)
		check.choice(at, string(code), codes, list, listZH)
		if slices.Contains(given[:i], code) {
			check.fail(at, "duplicate", "Name each class once.", "每个类别只填一次。")
		}
	}
}

// Classify places the case in the families beside its type. A dispute is enterprise-related only where a party can be an
// enterprise.
func (c Case) Classify(book Rulebook, choice Classifying, act Act) (Case, Entry, error) {
	if err := c.ready(VerbClassify, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	placed := book.Types.classify(&check, c.Type, choice)
	if choice.EnterpriseRelated && !c.hasEnterprise() {
		check.fail("/enterpriseRelated", "no-enterprise-party",
			"No party of the case is an enterprise: correct the parties first.", "本案没有企业当事人，请先更正当事人信息。")
	}
	if err := check.err("invalid-classification", "The classification breaks a rule.", "纠纷分类不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	placed.By, placed.At = act.By.Principal, act.At
	changed := c.clone()
	changed.Classification = &placed
	change := Change{Field: "/classification", After: encoded(placed)}
	if c.Classification != nil {
		change.Before = encoded(c.Classification)
	}
	return changed.move(VerbClassify, act, placed.Reason, []Change{change})
}

// classificationWarnings are what has changed since the case was classified.
func (c Case) classificationWarnings() []FieldError {
	if c.Classification == nil {
		return nil
	}
	var warnings []FieldError
	if judicial := c.Classification.Judicial; judicial != "" && judicial != c.Type {
		warnings = append(warnings, gap("/classification", "classification-outdated",
			"The type of the case has changed since it was classified: classify it anew.", "案件分类后纠纷类型已更正，请重新分类。")...)
	}
	if c.Classification.EnterpriseRelated && !c.hasEnterprise() {
		warnings = append(warnings, gap("/classification/enterpriseRelated", "no-enterprise-party",
			"No party of the case is an enterprise any more: classify it anew.", "本案已没有企业当事人，请重新分类。")...)
	}
	return warnings
}
