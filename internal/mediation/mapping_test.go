package mediation_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func codesOf(t testing.TB, lists []mediation.CodeList, name string) []string {
	t.Helper()
	for _, list := range lists {
		if list.Name != name {
			continue
		}
		var codes []string
		for _, c := range list.Codes {
			codes = append(codes, c.Code)
		}
		return codes
	}
	t.Fatalf("there is no list %s", name)
	return nil
}

func TestBaseTypeMapping_isWhole(t *testing.T) {
	base := mediation.BaseTypeMapping()
	if err := base.Check(); err != nil {
		t.Fatal(err)
	}
	for _, judicial := range codesOf(t, mediation.CodeLists(), "dispute-types") {
		to := base.To(mediation.FamilyGovernance, mediation.DisputeType(judicial))
		if len(to) == 0 {
			t.Errorf("type %s leads nowhere", judicial)
		}
		for _, code := range to {
			if !slices.Contains(base.Back(mediation.FamilyGovernance, code), mediation.DisputeType(judicial)) {
				t.Errorf("%s leads to %s, but not back", judicial, code)
			}
		}
	}
	if n := len(codesOf(t, mediation.AssessmentCodeLists(), "governance-types")); n != 19 {
		t.Errorf("comprehensive governance has 19 classes, not %d", n)
	}
	if n := len(codesOf(t, mediation.AssessmentCodeLists(), "enterprise-matters")); n != 5 {
		t.Errorf("the county centre concentrates on five matters, not %d", n)
	}
	base.Links[0].Code = "x"
	if mediation.BaseTypeMapping().Links[0].Code == "x" {
		t.Error("a reader changed the built-in version")
	}
}

func TestTypeMapping_Classify(t *testing.T) {
	cases := map[string]struct {
		reason     string
		judicial   mediation.DisputeType
		governance mediation.GovernanceType
		enterprise mediation.EnterpriseMatter
		want       mediation.GovernanceType
		warnings   []string
		fields     []string
	}{
		"neighbours":          {"the default is chosen", "02", "", "", "17", nil, nil},
		"a chosen class":      {"a field boundary is a land title", "03", "05", "", "05", nil, nil},
		"another than usual":  {"a clerk sees the dispute; the table does not", "02", "14", "", "14", []string{"/governanceType unusual-type"}, nil},
		"wages of a firm":     {"the seed's matter", "10", "", "wages", "07", nil, nil},
		"a lease":             {"property leasing of an enterprise", "17", "", "property-leasing", "04", nil, nil},
		"a wedding and wages": {"seldom, but it is allowed", "01", "", "wages", "17", []string{"/enterpriseMatter unusual-type"}, nil},
		"no type":             {"nothing goes without the first family", "", "", "", "", nil, []string{"/type required"}},
		"unknown everything":  {"each is named", "99", "20", "shares", "", nil, []string{"/enterpriseMatter unknown-code", "/governanceType unknown-code", "/type unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c, err := mediation.BaseTypeMapping().Classify(tc.judicial, tc.governance, tc.enterprise)
			sameProblems(t, err, tc.fields...)
			var warnings []string
			for _, w := range c.Warnings {
				warnings = append(warnings, w.Pointer+" "+w.Code)
			}
			if c.Governance != tc.want || !slices.Equal(warnings, tc.warnings) {
				t.Errorf("got %+v", c)
			}
			if err == nil && (c.Mapping != "base-1" || c.Enterprise != tc.enterprise) {
				t.Errorf("what used a version stores it: %+v", c)
			}
		})
	}
}

func TestTypeMapping_Check(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*mediation.TypeMapping)
		want   []string
	}{
		"without a default": {"a type must lead somewhere", func(m *mediation.TypeMapping) { m.Links[0].Default = false }, []string{"/links one-default"}},
		"two defaults":      {"and to one only", func(m *mediation.TypeMapping) { m.Links[3].Default = true }, []string{"/links one-default"}},
		"no way back":       {"each class counts somewhere", func(m *mediation.TypeMapping) { m.Links[1].DefaultBack = false }, []string{"/links one-default-back"}},
		"the same twice": {"each pair once", func(m *mediation.TypeMapping) {
			m.Links = append(m.Links, mediation.TypeLink{Judicial: "01", Family: "governance", Code: "17"})
		}, []string{"/links/43 duplicate"}},
		"a type of its own": {"lists are closed", func(m *mediation.TypeMapping) {
			m.Links = append(m.Links, mediation.TypeLink{Judicial: "19", Family: "governance", Code: "17"})
		}, []string{"/links/43 unknown-code"}},
		"a family unknown": {"families are known", func(m *mediation.TypeMapping) {
			m.Links = append(m.Links, mediation.TypeLink{Judicial: "01", Family: "court", Code: "17"})
		}, []string{"/links/43 unknown-code"}},
		"no version": {"what used it must be able to say so", func(m *mediation.TypeMapping) { m.Version, m.ValidFrom = "", "soon" }, []string{"/validFrom invalid-date", "/version required"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			m := mediation.BaseTypeMapping()
			tc.change(&m)
			sameProblems(t, m.Check(), tc.want...)
		})
	}
}

func TestParseTypeMapping(t *testing.T) {
	text, err := json.Marshal(mediation.BaseTypeMapping())
	if err != nil {
		t.Fatal(err)
	}
	read, err := mediation.ParseTypeMapping(text)
	if err != nil || !reflect.DeepEqual(read, mediation.BaseTypeMapping()) {
		t.Errorf("what is published is what is read: %v", err)
	}
	for name, document := range map[string]string{
		"no JSON":         "version: 1",
		"an unknown name": `{"version":"1","validfrom":"2026-01-01","lnks":[]}`,
		"two documents":   string(text) + `{}`,
		"nothing":         "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mediation.ParseTypeMapping([]byte(document))
			wantCode(t, err, mediation.Invalid, "invalid-document")
			if errors.Unwrap(err) == nil {
				t.Error("the log learns what was wrong")
			}
		})
	}
	if _, err := mediation.ParseTypeMapping([]byte(`{"version":"1","validFrom":"2026-01-01","links":[]}`)); err == nil {
		t.Error("an empty mapping maps nothing")
	}
}

// FuzzParseReferenceData: no document makes the parsers fall, and what they take passes their own check.
func FuzzParseReferenceData(f *testing.F) {
	for _, base := range []any{mediation.BaseTypeMapping(), mediation.BaseGradeRule(), mediation.BaseRiskRule()} {
		text, err := json.Marshal(base)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"items":[{"fact":"amount","atLeast":-1}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		if m, err := mediation.ParseTypeMapping(document); err == nil && m.Check() != nil {
			t.Error("a mapping was taken that breaks a rule")
		}
		if r, err := mediation.ParseGradeRule(document); err == nil && r.Check() != nil {
			t.Error("a grade rule was taken that breaks a rule")
		}
		if r, err := mediation.ParseRiskRule(document); err == nil && r.Check() != nil {
			t.Error("a risk rule was taken that breaks a rule")
		}
	})
}

// TestTypeMapping_property: of any choice of known codes, the classification keeps what was chosen, warns exactly when
// the mapping does not know the pair, and never warns of its own defaults.
func TestTypeMapping_property(t *testing.T) {
	base := mediation.BaseTypeMapping()
	judicial := codesOf(t, mediation.CodeLists(), "dispute-types")
	governance := append(codesOf(t, mediation.AssessmentCodeLists(), "governance-types"), "")
	enterprise := append(codesOf(t, mediation.AssessmentCodeLists(), "enterprise-matters"), "")
	rapid.Check(t, func(t *rapid.T) {
		j := mediation.DisputeType(rapid.SampledFrom(judicial).Draw(t, "judicial"))
		g := rapid.SampledFrom(governance).Draw(t, "governance")
		e := rapid.SampledFrom(enterprise).Draw(t, "enterprise")
		c, err := base.Classify(j, mediation.GovernanceType(g), mediation.EnterpriseMatter(e))
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		if g != "" && !slices.Contains(base.To(mediation.FamilyGovernance, j), g) {
			want++
		}
		if e != "" && !slices.Contains(base.To(mediation.FamilyEnterprise, j), e) {
			want++
		}
		if len(c.Warnings) != want || c.Governance == "" || (g != "" && string(c.Governance) != g) {
			t.Fatalf("%+v, want %d warnings", c, want)
		}
	})
}
