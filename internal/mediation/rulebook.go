package mediation

// Rulebook is the reference data by which a case is classified, graded and assessed. Each rule carries its version; what
// used one stores it.
type Rulebook struct {
	Types  TypeMapping
	Grades GradeRule
	Risks  RiskRule
}

// BaseRulebook is what is built in.
func BaseRulebook() Rulebook {
	return Rulebook{Types: BaseTypeMapping(), Grades: BaseGradeRule(), Risks: BaseRiskRule()}
}
