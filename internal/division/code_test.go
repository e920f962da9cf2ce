package division_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/division"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		reason string
		parse  func(string) (string, error)
		text   string
		want   string // a part of the error, "" for a good code
	}{
		"Province":             {"two digits that are given out", division.ParseProvince, "37", ""},
		"ProvinceUnknown":      {"38 was never given out", division.ParseProvince, "38", "no province has the code 38"},
		"City":                 {"four digits", division.ParseCity, "3716", ""},
		"CityZero":             {"a province in four digits is no city", division.ParseCity, "3700", "write 37"},
		"CityLetters":          {"letters are named, not counted", division.ParseCity, "37l6", "digits and nothing else"},
		"County":               {"six digits", division.ParseCounty, "371621", ""},
		"CountyShort":          {"the message says how many digits there are", division.ParseCounty, "37162", "this has 5"},
		"CountyOfCity":         {"a city in six digits is no county", division.ParseCounty, "371600", "01 to 99"},
		"CountyProvince":       {"an unknown province is said first", division.ParseCounty, "991621", "no province has the code 99"},
		"CountyNoCity":         {"a county always has a city part", division.ParseCounty, "370021", "has no city"},
		"CountyDongguan":       {"东莞 has towns and no counties", division.ParseCounty, "441900", ""},
		"CountyZhongshan":      {"中山 has towns and no counties", division.ParseCounty, "442000", ""},
		"CountyDanzhou":        {"儋州 has towns and no counties", division.ParseCounty, "460400", ""},
		"CountyFullWidth":      {"full-width digits are not digits of a code", division.ParseCounty, "３７１６２１", "digits and nothing else"},
		"CountyBlank":          {"blanks are not trimmed silently", division.ParseCounty, "371621 ", "digits and nothing else"},
		"CountyEmpty":          {"nothing is no code", division.ParseCounty, "", "this has 0"},
		"Township":             {"nine digits", division.ParseTownship, "371621101", ""},
		"TownshipDesk":         {"000 is the desk", division.ParseTownship, "371621000", ""},
		"TownshipDongguan":     {"a town of a city without counties", division.ParseTownship, "441900003", ""},
		"TownshipLast":         {"599 is the last that is given out", division.ParseTownship, "371621599", ""},
		"TownshipBeyond":       {"600 and above are not given out", division.ParseTownship, "371621600", "400–599"},
		"TownshipOfCity":       {"the county part is checked too", division.ParseTownship, "371600101", "01 to 99"},
		"TownshipTwelveDigits": {"the statistical form is longer", division.ParseTownship, "371621101000", "this has 12"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := tc.parse(tc.text)
			if tc.want == "" && (err != nil || got != tc.text) {
				t.Errorf("%s: %q gives %q, %v", tc.reason, tc.text, got, err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s: %q gives error %v, want %q in it", tc.reason, tc.text, err, tc.want)
			}
		})
	}
}

func TestKindOf(t *testing.T) {
	cases := map[string]division.Kind{
		"371621000": division.Desk,
		"371621001": division.Street, "371621099": division.Street,
		"371621100": division.Town, "371621199": division.Town,
		"371621200": division.Township, "371621399": division.Township,
		"371621400": division.Other, "371621599": division.Other,
		"371621600": "", "371621": "", "abc": "", "": "",
	}
	for code, want := range cases {
		if got := division.KindOf(code); got != want {
			t.Errorf("KindOf(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestParseKind(t *testing.T) {
	cases := map[string]division.Kind{
		"Town": division.Town, "town": division.Town, "镇": division.Town, " 乡 ": division.Township, "苏木": division.Township,
		"街道办事处": division.Street, "其他": division.Other, "Desk": division.Desk, "village": "", "": "",
	}
	for text, want := range cases {
		got, err := division.ParseKind(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseKind(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, kind := range []division.Kind{division.Desk, division.Street, division.Town, division.Township, division.Other} {
		if got, err := division.ParseKind(kind.Label()); got != kind || err != nil {
			t.Errorf("the label of %s reads back as %q, %v", kind, got, err)
		}
	}
}

func TestTownshipProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		county := rapid.StringMatching(`(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[1-9][0-9][0-9][1-9]`).Draw(t, "county")
		suffix := rapid.StringMatching(`[0-5][0-9]{2}`).Draw(t, "suffix")
		code, err := division.ParseTownship(county + suffix)
		if err != nil {
			t.Fatalf("a well-formed code is refused: %v", err)
		}
		if division.CountyOf(code) != county {
			t.Fatalf("CountyOf(%s) = %s", code, division.CountyOf(code))
		}
		if (division.KindOf(code) == division.Desk) != (code == division.DeskOf(county)) {
			t.Fatalf("%s: the desk is exactly <county>000", code)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"37", "3716", "371621", "371621101", "441900", "371621000", "", "３７", "37162é", "000000000", "00", "9901"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		accepted := 0
		for _, parse := range []func(string) (string, error){
			division.ParseProvince, division.ParseCity, division.ParseCounty, division.ParseTownship,
		} {
			code, err := parse(text)
			if (err == nil) != (code != "") {
				t.Fatalf("%q gives %q and %v: want a code or an error", text, code, err)
			}
			if err == nil {
				accepted++
			}
		}
		if accepted > 1 {
			t.Fatalf("%q is a code of %d levels", text, accepted)
		}
		if kind := division.KindOf(text); (kind == "") != (division.CountyOf(text) == "") {
			t.Fatalf("%q has kind %q and county %q", text, kind, division.CountyOf(text))
		}
		_, _ = division.ParseKind(text)
	})
}
