package mediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCaseQuery_Checked(t *testing.T) {
	cases := map[string]struct {
		reason string
		query  mediation.CaseQuery
		want   []string
	}{
		"nothing":         {"all cases, newest first", mediation.CaseQuery{}, nil},
		"everything":      {"filters of several fields", mediation.CaseQuery{States: mediation.States(), Types: []mediation.DisputeType{"02"}, Sources: []mediation.Source{"referral"}, Tag: "涉外", Limit: 200, Sort: "updated_at"}, nil},
		"unknown state":   {"a typing error is not an empty list", mediation.CaseQuery{States: []mediation.State{"open"}}, []string{"/state unknown-code"}},
		"unknown type":    {"nor is this", mediation.CaseQuery{Types: []mediation.DisputeType{"2"}}, []string{"/type unknown-code"}},
		"unknown source":  {"nor this", mediation.CaseQuery{Sources: []mediation.Source{""}}, []string{"/source unknown-code"}},
		"21 types":        {"lists of values are short", mediation.CaseQuery{Types: slices.Repeat([]mediation.DisputeType{"02"}, 21)}, []string{"/type too-many"}},
		"limit 201":       {"pages have a greatest size", mediation.CaseQuery{Limit: 201}, []string{"/limit out-of-range"}},
		"limit below":     {"and a least", mediation.CaseQuery{Limit: -1}, []string{"/limit out-of-range"}},
		"unknown order":   {"only indexed orders", mediation.CaseQuery{Sort: "title"}, []string{"/sort unknown-code"}},
		"long tag":        {"nobody has such a tag", mediation.CaseQuery{Tag: strings.Repeat("x", 101)}, []string{"/tag too-long"}},
		"long mediator":   {"nor such a subject", mediation.CaseQuery{Mediator: mediation.Principal{Subject: strings.Repeat("x", 256)}}, []string{"/mediator too-long"}},
		"range backwards": {"nothing lies in it", mediation.CaseQuery{FiledFrom: &noon, FiledTo: &noon}, []string{"/filed_to empty-range"}},
		"range":           {"one second", mediation.CaseQuery{FiledFrom: &noon, FiledTo: pointer(noon.Add(time.Second))}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			_, err := tc.query.Checked()
			sameProblems(t, err, tc.want...)
		})
	}
	checked, err := mediation.CaseQuery{}.Checked()
	if err != nil || checked.Sort != mediation.SortFiledDescending || checked.Limit != mediation.DefaultLimit {
		t.Errorf("defaults: %+v %v", checked, err)
	}
}

func TestCheckedLimit(t *testing.T) {
	if limit, err := mediation.CheckedLimit(0); err != nil || limit != 50 {
		t.Errorf("%d %v", limit, err)
	}
	_, err := mediation.CheckedLimit(1000)
	wantCode(t, err, mediation.Invalid, "invalid-query")
}
