package mediation_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCommittee_Number(t *testing.T) {
	cases := map[string]struct {
		reason  string
		pattern string
		year    int
		serial  int
		want    string
		code    string
	}{
		"default":           {"as printed on the volumes", "", 2026, 1, "（2026）惠镇人调字第0001号", ""},
		"past 9999":         {"a busy year does not wrap", "", 2026, 12_345, "（2026）惠镇人调字第12345号", ""},
		"unpadded":          {"some print plain numbers", "({year}){prefix}民调字第{serial}号", 2026, 7, "(2026)惠镇民调字第7号", ""},
		"without prefix":    {"one committee needs none", "{year}-{serial:6}", 2026, 7, "2026-000007", ""},
		"no year":           {"next year's would collide", "{prefix}{serial}", 2026, 1, "", "number-pattern"},
		"no serial":         {"all would be equal", "{year}{prefix}", 2026, 1, "", "number-pattern"},
		"serial twice":      {"11 and 1 would read alike", "{year}{serial}{serial}", 2026, 1, "", "number-pattern"},
		"unknown mark":      {"a typing error is not printed", "{year}{serail}", 2026, 1, "", "number-pattern"},
		"stray brace":       {"nor half a mark", "{year}{serial}}", 2026, 1, "", "number-pattern"},
		"width of nought":   {"widths are 1 to 9", "{year}{serial:0}", 2026, 1, "", "number-pattern"},
		"width of a word":   {"and figures", "{year}{serial:x}", 2026, 1, "", "number-pattern"},
		"serial of nought":  {"numbers begin at 1", "", 2026, 0, "", "number-range"},
		"year of a century": {"a clock that is not set", "", 1970, 1, "", "number-range"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			got, err := mediation.Committee{Prefix: "惠镇", Pattern: tc.pattern}.Number(tc.year, tc.serial)
			if got != tc.want || mediation.CodeOf(err) != tc.code {
				t.Errorf("got %q %v, want %q %s", got, err, tc.want, tc.code)
			}
		})
	}
}

func TestCommittee_Number_neverTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		committee := mediation.Committee{Prefix: "惠镇"}
		draw := rapid.Custom(func(t *rapid.T) [2]int {
			return [2]int{rapid.IntRange(2000, 2100).Draw(t, "year"), rapid.IntRange(1, 100_000).Draw(t, "serial")}
		})
		one, two := draw.Draw(t, "one"), draw.Draw(t, "two")
		first, err := committee.Number(one[0], one[1])
		if err != nil {
			t.Fatal(err)
		}
		second, err := committee.Number(two[0], two[1])
		if err != nil {
			t.Fatal(err)
		}
		if (first == second) != (one == two) {
			t.Fatalf("%v and %v give %s and %s", one, two, first, second)
		}
	})
}

func TestRegistration(t *testing.T) {
	if got := mediation.Registration(town, 2026, 42); got != "371621101-2026-000042" {
		t.Error(got)
	}
}

func TestLegalTime(t *testing.T) {
	eve := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)
	if mediation.LegalYear(eve) != 2027 || mediation.LegalDay(eve) != "2027-01-01" {
		t.Error("at 16:00 UTC on New Year's Eve it is next year in China")
	}
	before := eve.Add(-time.Second)
	if mediation.LegalYear(before) != 2026 || mediation.LegalDay(before) != "2026-12-31" {
		t.Error("a second earlier it is not")
	}
	if _, offset := mediation.LegalTime(eve).Zone(); offset != 8*3600 {
		t.Errorf("offset %d", offset)
	}
}
