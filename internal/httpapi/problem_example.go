package httpapi

import (
	_ "embed" // for the recorded answers
	"encoding/json"
	"fmt"
)

// recorded are answers of the API itself, written down by a test that asks for each of them again and compares: the
// document shows the words that clients get, and they are typed once, where they are said.
//
//go:embed problem_example.json
var recorded []byte

// recordedProblem is one refusal in both languages.
type recordedProblem struct {
	EN Problem `json:"en"`
	ZH Problem `json:"zh"`
}

func recordedProblems() ([]recordedProblem, error) {
	var problems []recordedProblem
	if err := json.Unmarshal(recorded, &problems); err != nil {
		return nil, fmt.Errorf("read the recorded problems: %w", err)
	}
	return problems, nil
}
