package httpapi

import "github.com/danielgtaylor/huma/v2"

// The codes of leads and of screening.
type (
	// LeadStateCode is where a lead stands.
	LeadStateCode string
	// LeadVerbCode is what is done to a lead.
	LeadVerbCode string
	// LeadSourceCode is how a lead came in.
	LeadSourceCode string
	// LeadClosingCode is why a lead ends without a case.
	LeadClosingCode string
	// RoundStateCode is where a screening round stands.
	RoundStateCode string
	// RoundVerbCode is what is done to a screening round.
	RoundVerbCode string
	// ImportModeCode is what becomes of a batch with bad rows.
	ImportModeCode string
	// ImportStateCode is what became of a batch.
	ImportStateCode string
	// RhythmCode is how often a grid reports.
	RhythmCode string
)

// Schema of the list lead-states.
func (LeadStateCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-states") }

// Schema of the list lead-verbs.
func (LeadVerbCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-verbs") }

// Schema of the list lead-sources.
func (LeadSourceCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-sources") }

// Schema of the list lead-closing-reasons.
func (LeadClosingCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-closing-reasons") }

// Schema of the list screening-round-states.
func (RoundStateCode) Schema(huma.Registry) *huma.Schema { return codeSchema("screening-round-states") }

// Schema of the list screening-round-verbs.
func (RoundVerbCode) Schema(huma.Registry) *huma.Schema { return codeSchema("screening-round-verbs") }

// Schema of the list lead-import-modes.
func (ImportModeCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-import-modes") }

// Schema of the list lead-import-states.
func (ImportStateCode) Schema(huma.Registry) *huma.Schema { return codeSchema("lead-import-states") }

// Schema of the list screening-rhythms.
func (RhythmCode) Schema(huma.Registry) *huma.Schema { return codeSchema("screening-rhythms") }
