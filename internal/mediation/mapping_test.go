package mediation_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
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
	type choice = mediation.Classifying
	cases := map[string]struct {
		reason   string
		judicial mediation.DisputeType
		choice   choice
		want     []mediation.GovernanceType
		cause    mediation.CauseOfAction
		fields   []string
	}{
		"neighbours":     {"the proposal is taken", "02", choice{}, []mediation.GovernanceType{"17"}, "neighbouring-relations", nil},
		"a chosen class": {"a field boundary is a land title", "03", choice{Governance: []mediation.GovernanceType{"05"}}, []mediation.GovernanceType{"05"}, "homestead-use", nil},
		"two classes": {"a dispute can stand in several", "07", choice{Governance: []mediation.GovernanceType{"16", "05"}, Cause: "land-contract"},
			[]mediation.GovernanceType{"16", "05"}, "land-contract", nil},
		"another than usual": {"the clerk sees the dispute, the table does not: why?", "02", choice{Governance: []mediation.GovernanceType{"14"}}, nil, "", []string{"/reason reason-required"}},
		"and why": {"then it is taken", "02", choice{Governance: []mediation.GovernanceType{"14"}, Reason: "村干部宅基地"},
			[]mediation.GovernanceType{"14"}, "neighbouring-relations", nil},
		"another cause":     {"a cause of another type needs a reason too", "02", choice{Cause: "divorce"}, nil, "", []string{"/reason reason-required"}},
		"wages of a firm":   {"the seed's matter", "10", choice{EnterpriseRelated: true, Enterprise: []mediation.EnterpriseMatter{"wages"}}, []mediation.GovernanceType{"07"}, "labour-remuneration", nil},
		"a lease":           {"property leasing of an enterprise", "17", choice{EnterpriseRelated: true, Enterprise: []mediation.EnterpriseMatter{"property-leasing"}}, []mediation.GovernanceType{"04"}, "property-service", nil},
		"a wedding's wages": {"seldom: why?", "01", choice{EnterpriseRelated: true, Enterprise: []mediation.EnterpriseMatter{"wages"}}, nil, "", []string{"/reason reason-required"}},
		"no enterprise":     {"a matter of no enterprise", "10", choice{Enterprise: []mediation.EnterpriseMatter{"wages"}}, nil, "", []string{"/enterpriseMatters not-enterprise-related"}},
		"the same twice":    {"each once", "07", choice{Governance: []mediation.GovernanceType{"05", "05"}}, nil, "", []string{"/governanceTypes/1 duplicate"}},
		"in four classes":   {"three are enough", "07", choice{Governance: []mediation.GovernanceType{"01", "02", "03", "04"}}, nil, "", []string{"/governanceTypes too-many"}},
		"no type":           {"nothing goes without the first family", "", choice{}, nil, "", []string{"/type required"}},
		"a long reason":     {"texts have an end", "02", choice{Reason: long(2_001)}, nil, "", []string{"/reason too-long"}},
		"unknown everything": {"each is named", "99", choice{
			Governance: []mediation.GovernanceType{"20"}, EnterpriseRelated: true, Enterprise: []mediation.EnterpriseMatter{"shares"}, Cause: "love",
		}, nil, "", []string{"/causeOfAction unknown-code", "/enterpriseMatters/0 unknown-code", "/governanceTypes/0 unknown-code", "/type unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			c, err := mediation.BaseTypeMapping().Classify(tc.judicial, tc.choice)
			sameProblems(t, err, tc.fields...)
			if err != nil {
				wantCode(t, err, mediation.Invalid, "invalid-classification")
				return
			}
			if !slices.Equal(c.Governance, tc.want) || c.Cause != tc.cause || c.Mapping != "base-1" || c.EnterpriseRelated != tc.choice.EnterpriseRelated {
				t.Errorf("what used a version stores it: %+v", c)
			}
		})
	}
}

func TestTypeMapping_Check(t *testing.T) {
	last := strconv.Itoa(len(mediation.BaseTypeMapping().Links))
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
		}, []string{"/links/" + last + " duplicate"}},
		"a type of its own": {"lists are closed", func(m *mediation.TypeMapping) {
			m.Links = append(m.Links, mediation.TypeLink{Judicial: "19", Family: "governance", Code: "17"})
		}, []string{"/links/" + last + " unknown-code"}},
		"a family unknown": {"families are known", func(m *mediation.TypeMapping) {
			m.Links = append(m.Links, mediation.TypeLink{Judicial: "01", Family: "church", Code: "17"})
		}, []string{"/links/" + last + " unknown-code"}},
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

// TestTypeMapping_property: of any choice of known codes with a reason, the classification keeps what was chosen; without
// one it is refused exactly when the mapping does not know the pair. The mapping's own proposals never need a reason.
func TestTypeMapping_property(t *testing.T) {
	base := mediation.BaseTypeMapping()
	judicial := codesOf(t, mediation.CodeLists(), "dispute-types")
	governance := append(codesOf(t, mediation.AssessmentCodeLists(), "governance-types"), "")
	enterprise := append(codesOf(t, mediation.AssessmentCodeLists(), "enterprise-matters"), "")
	causes := append(codesOf(t, mediation.AssessmentCodeLists(), "causes-of-action"), "")
	rapid.Check(t, func(t *rapid.T) {
		j := mediation.DisputeType(rapid.SampledFrom(judicial).Draw(t, "judicial"))
		choice, usual := mediation.Classifying{EnterpriseRelated: true}, true
		knows := func(family mediation.TypeFamily, code string) bool { return slices.Contains(base.To(family, j), code) }
		if g := rapid.SampledFrom(governance).Draw(t, "governance"); g != "" {
			choice.Governance, usual = []mediation.GovernanceType{mediation.GovernanceType(g)}, knows("governance", g)
		}
		if e := rapid.SampledFrom(enterprise).Draw(t, "enterprise"); e != "" {
			choice.Enterprise, usual = []mediation.EnterpriseMatter{mediation.EnterpriseMatter(e)}, usual && knows("enterprise", e)
		}
		if c := rapid.SampledFrom(causes).Draw(t, "cause"); c != "" {
			choice.Cause, usual = mediation.CauseOfAction(c), usual && knows("cause", c)
		}
		if _, err := base.Classify(j, choice); (err == nil) != usual {
			t.Fatalf("%s %+v without a reason: %v, the mapping knows it: %v", j, choice, err, usual)
		}
		choice.Reason = "见案情"
		c, err := base.Classify(j, choice)
		if err != nil || len(c.Governance) == 0 || (len(choice.Governance) > 0 && !slices.Equal(c.Governance, choice.Governance)) ||
			(choice.Cause != "" && c.Cause != choice.Cause) || !slices.Equal(c.Enterprise, choice.Enterprise) {
			t.Fatalf("%v %+v of %+v", err, c, choice)
		}
	})
}

// TestTypeMapping_roundTrip: whatever leads from a type to a code leads back from the code to the type, in every family;
// and each code of each family is led to.
func TestTypeMapping_roundTrip(t *testing.T) {
	base, lists := mediation.BaseTypeMapping(), mediation.AssessmentCodeLists()
	several := 0
	for family, list := range map[mediation.TypeFamily]string{
		mediation.FamilyGovernance: "governance-types", mediation.FamilyEnterprise: "enterprise-matters", mediation.FamilyCause: "causes-of-action",
	} {
		for _, code := range codesOf(t, lists, list) {
			types := base.Back(family, code)
			if len(types) == 0 {
				t.Errorf("%s %s counts nowhere", family, code)
			}
			if len(types) > 1 {
				several++
			}
			for _, judicial := range types {
				if !slices.Contains(base.To(family, judicial), code) {
					t.Errorf("%s %s leads back to %s, but not forth", family, code, judicial)
				}
			}
		}
		for _, judicial := range codesOf(t, mediation.CodeLists(), "dispute-types") {
			for _, code := range base.To(family, mediation.DisputeType(judicial)) {
				if !slices.Contains(base.Back(family, code), mediation.DisputeType(judicial)) {
					t.Errorf("%s leads to %s %s, but not back", judicial, family, code)
				}
			}
		}
	}
	if several < 10 {
		t.Errorf("only %d codes belong to several types: the families would be one", several)
	}
}
