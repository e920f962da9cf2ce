package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// The codes of classes, difficulty and risk.
type (
	// GovernanceCode is a class of comprehensive governance.
	GovernanceCode string
	// MatterOfEnterpriseCode is a kind of enterprise-related dispute.
	MatterOfEnterpriseCode string
	// CauseCode is a cause of action.
	CauseCode string
	// FactCode is what difficulty and risk go by.
	FactCode string
	// DifficultyCode is how hard a dispute is.
	DifficultyCode string
	// RiskScaleCode is how many colours a tenant uses.
	RiskScaleCode string
	// RiskCode is a colour.
	RiskCode string
	// SoughtDifficultyCode is a difficulty that a list is asked for.
	SoughtDifficultyCode string
	// SoughtRiskCode is a colour that a list is asked for.
	SoughtRiskCode string
	// TendencyCode is where a dispute may lead.
	TendencyCode string
	// RankCode is the level at which a case is filed.
	RankCode string
)

// Schema of the list governance-types.
func (GovernanceCode) Schema(huma.Registry) *huma.Schema { return codeSchema("governance-types") }

// Schema of the list enterprise-matters.
func (MatterOfEnterpriseCode) Schema(huma.Registry) *huma.Schema {
	return codeSchema("enterprise-matters")
}

// Schema of the list causes-of-action.
func (CauseCode) Schema(huma.Registry) *huma.Schema { return codeSchema("causes-of-action") }

// Schema of the list case-facts.
func (FactCode) Schema(huma.Registry) *huma.Schema { return codeSchema("case-facts") }

// Schema of the list difficulties.
func (DifficultyCode) Schema(huma.Registry) *huma.Schema { return codeSchema("difficulties") }

// Schema of the list risk-scales.
func (RiskScaleCode) Schema(huma.Registry) *huma.Schema { return codeSchema("risk-scales") }

// Schema of the list risk-colours.
func (RiskCode) Schema(huma.Registry) *huma.Schema { return codeSchema("risk-colours") }

// Schema of the list difficulties, or none.
func (SoughtDifficultyCode) Schema(huma.Registry) *huma.Schema { return soughtSchema("difficulties") }

// Schema of the list risk-colours, or none.
func (SoughtRiskCode) Schema(huma.Registry) *huma.Schema { return soughtSchema("risk-colours") }

// soughtSchema is the list, and the word for what nobody has judged.
func soughtSchema(name string) *huma.Schema {
	schema := codeSchema(name)
	schema.Description += " Or " + mediation.Unjudged + ": nobody has judged it yet."
	schema.Enum = append(schema.Enum, mediation.Unjudged)
	return schema
}

// Schema of the list risk-tendencies.
func (TendencyCode) Schema(huma.Registry) *huma.Schema { return codeSchema("risk-tendencies") }

// Schema of the list case-ranks.
func (RankCode) Schema(huma.Registry) *huma.Schema { return codeSchema("case-ranks") }
