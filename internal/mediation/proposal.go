package mediation

import (
	"slices"
	"time"
)

// Proposal is what the rules say of a case before a person adds anything: a form to be completed.
type Proposal struct {
	Measured       Circumstances // what the case shows
	Known          Findings      // what a person had found out when the case was last graded or assessed
	Grading        Grading       // with what is known
	Assessment     Assessment    // with what is known, its tendencies and rank
	Classification Classification
	// What the mapping knows for the type of the case, its proposal first.
	GovernanceTypes   []GovernanceType
	EnterpriseMatters []EnterpriseMatter
	Causes            []CauseOfAction
}

// Propose applies the rules to a case as it stands.
func (b Rulebook) Propose(c Case, at time.Time) (Proposal, error) {
	known := c.knownFindings()
	of := c.circumstances(known, at)
	grading, err := b.Grades.Grade(of)
	if err != nil {
		return Proposal{}, err
	}
	assessment, err := b.Risks.Assess(of, b.Risks.InUse())
	if err != nil {
		return Proposal{}, err
	}
	assessment.Rank, assessment.Tendencies = rankOf(assessment.Computed), c.tendencies(of)
	p := Proposal{
		Measured: c.Measured(at), Known: known, Grading: grading, Assessment: assessment,
		GovernanceTypes:   coded[GovernanceType](b.Types.To(FamilyGovernance, c.Type)),
		EnterpriseMatters: coded[EnterpriseMatter](b.Types.To(FamilyEnterprise, c.Type)),
		Causes:            coded[CauseOfAction](b.Types.To(FamilyCause, c.Type)),
	}
	choice := Classifying{EnterpriseRelated: c.hasEnterprise()}
	if matter := b.Types.proposal(FamilyEnterprise, c.Type); choice.EnterpriseRelated && matter != "" {
		choice.Enterprise = []EnterpriseMatter{EnterpriseMatter(matter)}
	}
	p.Classification, err = b.Types.Classify(c.Type, choice)
	return p, err
}

// knownFindings are those of the last grading or assessment, whichever came later.
func (c Case) knownFindings() Findings {
	g, graded := c.Grading()
	a, assessed := c.Risk()
	switch {
	case assessed && (!graded || a.At.After(g.At)):
		return a.Of.findings()
	case graded:
		return g.Of.findings()
	}
	return Findings{}
}

// collectiveVisit is from how many people on a petition is a collective one.
const collectiveVisit = 5

// tendencies are those that reported dangers and petitions speak of.
func (c Case) tendencies(of Circumstances) []Tendency {
	reported := func(kinds ...DangerKind) bool {
		return slices.ContainsFunc(c.Dangers, func(d Danger) bool { return slices.Contains(kinds, d.Kind) })
	}
	var found []Tendency
	if of.Threat || reported("crime", "mass-fight") {
		found = append(found, TendencyCrime)
	}
	if reported("collective-petition") || (of.Petitions > 0 && of.People >= collectiveVisit) {
		found = append(found, TendencyPetition)
	}
	if reported("public-order", "mass-fight", "collective-petition") {
		found = append(found, TendencyStability)
	}
	return found
}

func coded[T ~string](codes []string) []T {
	list := make([]T, 0, len(codes))
	for _, code := range codes {
		list = append(list, T(code))
	}
	return list
}
