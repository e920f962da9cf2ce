package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
)

// onboard runs the subcommand through the command line, as a person would.
func onboard(t *testing.T, input string, args ...string) (out, messages string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append([]string{"onboard"}, args...), IO{In: strings.NewReader(input), Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), code
}

// decode reads a stream of manifests strictly into the kinds they name: an unknown or misspelt field fails.
func decode(t *testing.T, text string) (counties []v1alpha1.County, towns []v1alpha1.Township) {
	t.Helper()
	for _, part := range strings.Split(text, "---\n")[1:] {
		var err error
		switch {
		case strings.Contains(part, "\nkind: County\n"):
			counties = append(counties, v1alpha1.County{})
			err = yaml.UnmarshalStrict([]byte(part), &counties[len(counties)-1])
		case strings.Contains(part, "\nkind: Township\n"):
			towns = append(towns, v1alpha1.Township{})
			err = yaml.UnmarshalStrict([]byte(part), &towns[len(towns)-1])
		default:
			err = yaml.UnmarshalStrict([]byte(part), &corev1.Namespace{})
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, part)
		}
	}
	return counties, towns
}

// documents reads a stream of manifests as a cluster would.
func documents(t testing.TB, text string) []map[string]any {
	t.Helper()
	var read []map[string]any
	for _, part := range strings.Split(text, "---\n")[1:] {
		var document map[string]any
		if err := yaml.UnmarshalStrict([]byte(part), &document); err != nil {
			t.Fatalf("%v in\n%s", err, part)
		}
		read = append(read, document)
	}
	return read
}

// valueAt walks into a document: valueAt(d, "spec", "serverRef", "name").
func valueAt(document map[string]any, path ...string) any {
	var value any = document
	for _, step := range path {
		inner, isMap := value.(map[string]any)
		if !isMap {
			return nil
		}
		value = inner[step]
	}
	return value
}

func TestOnboardHuimin(t *testing.T) {
	out, messages, code := onboard(t, "", "371621")
	if code != 0 || messages != "" {
		t.Fatalf("exit %d: %s", code, messages)
	}
	read := documents(t, out)
	if len(read) != 1+1+15 {
		t.Fatalf("%d documents, want a namespace, a county and 15 towns", len(read))
	}
	for i, want := range []map[string]any{
		{"kind": "Namespace", "name": "county-371621", "county": "371621", "security": "restricted"},
		{"kind": "County", "name": "371621"},
		{"kind": "Township", "name": "371621001"},
	} {
		got := map[string]any{"kind": read[i]["kind"], "name": valueAt(read[i], "metadata", "name")}
		if i == 0 {
			got["county"] = valueAt(read[i], "metadata", "labels", "tiaojie.dev/county")
			got["security"] = valueAt(read[i], "metadata", "labels", "pod-security.kubernetes.io/enforce")
		}
		for key := range want {
			if got[key] != want[key] {
				t.Errorf("document %d: %s is %v, want %v (codes are strings)", i, key, got[key], want[key])
			}
		}
	}
	county := read[1]
	if valueAt(county, "spec", "displayName") != "惠民县" || valueAt(county, "spec", "serverRef", "name") != "default" ||
		valueAt(county, "spec", "townships", "source") != "Declared" || valueAt(county, "spec", "administrators") != nil {
		t.Errorf("the county reads %v", county)
	}
	for _, town := range read[2:] {
		name, _ := valueAt(town, "metadata", "name").(string)
		if valueAt(town, "metadata", "namespace") != "county-371621" || valueAt(town, "spec", "kind") != string(division.KindOf(name)) ||
			valueAt(town, "spec", "api", "mode") != "Dedicated" || valueAt(town, "spec", "quotas") != nil || valueAt(town, "spec", "api", "replicas") != nil {
			t.Errorf("a town reads %v: what was not asked for is left to the defaults", town)
		}
	}
}

func TestOnboardOptions(t *testing.T) {
	out, messages, code := onboard(t, "", "惠民县", "--server", "no", "--replicas", "2", "--open-cases", "300", "--connections", "8",
		"--administrator-group", "huimin,admins", "--administrator-group", "on",
		"--administrator-subject", "issuer=https://login.example/a,subject=CN=王,OU=司法局")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, messages)
	}
	read := documents(t, out)
	if got := valueAt(read[1], "spec", "serverRef", "name"); got != "no" {
		t.Errorf("the server is %v: a word that YAML takes for a boolean stays a word", got)
	}
	if got := valueAt(read[1], "spec", "administrators", "groups").([]any); len(got) != 2 || got[0] != "huimin,admins" || got[1] != "on" {
		t.Errorf("groups are %v: a comma is part of a name", got)
	}
	subject := valueAt(read[1], "spec", "administrators", "subjects").([]any)[0].(map[string]any)
	if subject["issuer"] != "https://login.example/a" || subject["subject"] != "CN=王,OU=司法局" {
		t.Errorf("the subject is %v", subject)
	}
	town := read[2]
	if valueAt(town, "spec", "api", "replicas") != 2.0 || valueAt(town, "spec", "quotas", "openCases") != 300.0 || valueAt(town, "spec", "quotas", "connections") != 8.0 {
		t.Errorf("the town reads %v", town)
	}
	out, _, _ = onboard(t, "", "371621", "--mode", "Shared")
	if got := valueAt(documents(t, out)[2], "spec", "api", "mode"); got != "Shared" {
		t.Errorf("the mode is %v", got)
	}
}

func TestOnboardMatchesTheKinds(t *testing.T) {
	out, messages, code := onboard(t, "", "371621", "--mode", "Dedicated", "--replicas", "0", "--open-cases", "0", "--connections", "4",
		"--administrator-group", "g", "--administrator-subject", "issuer=i,subject=s")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, messages)
	}
	counties, towns := decode(t, out)
	if len(counties) != 1 || len(towns) != 15 {
		t.Fatalf("%d counties, %d towns", len(counties), len(towns))
	}
	county, town := counties[0], towns[3]
	if county.APIVersion != v1alpha1.GroupVersion.String() || county.Spec.Townships.Source != v1alpha1.SourceDeclared ||
		county.Spec.Administrators.Subjects[0] != (v1alpha1.Subject{Issuer: "i", Subject: "s"}) {
		t.Errorf("the county reads %+v", county)
	}
	if town.Spec.Kind != v1alpha1.KindTown || town.Spec.API.Mode != v1alpha1.ModeDedicated || town.Replicas() != 0 ||
		town.OpenCasesQuota() != 0 || town.Connections() != 4 {
		t.Errorf("the town reads %+v: zero is a number that was asked for", town.Spec)
	}
	for _, kind := range []division.Kind{division.Desk, division.Street, division.Town, division.Township, division.Other} {
		if !slices.Contains([]v1alpha1.TownshipKind{v1alpha1.KindDesk, v1alpha1.KindStreet, v1alpha1.KindTown, v1alpha1.KindTownship, v1alpha1.KindOther}, v1alpha1.TownshipKind(kind)) {
			t.Errorf("the resources have no kind %s", kind)
		}
	}
}

func TestOnboardMany(t *testing.T) {
	catalogue := division.Embedded()
	cases := map[string]struct {
		reason   string
		args     []string
		counties int
		code     string // whose towns are counted
	}{
		"City":       {"a city brings all its counties", []string{"3716"}, 7, "3716"},
		"CityName":   {"by its name too", []string{"滨州市"}, 7, "3716"},
		"Province":   {"a province brings all", []string{"46"}, len(catalogue.Counties("46")), "46"},
		"Twice":      {"what is asked twice comes once", []string{"371621", "惠民县"}, 1, "371621"},
		"Dongguan":   {"a city without counties is its own county", []string{"4419"}, 1, "441900"},
		"DongguanSi": {"by its name", []string{"东莞市"}, 1, "441900"},
		"DongguanSx": {"by its six digits", []string{"441900"}, 1, "441900"},
		"Part":       {"a part of a name that only one county has", []string{"惠民"}, 1, "371621"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, messages, code := onboard(t, "", tc.args...)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, messages)
			}
			towns := 0
			for _, county := range catalogue.Counties(tc.code) {
				towns += len(catalogue.Townships(county.Code))
			}
			if got := strings.Count(out, "kind: Namespace"); got != tc.counties {
				t.Errorf("%s: %d counties, want %d", tc.reason, got, tc.counties)
			}
			if got := strings.Count(out, "\nkind: Township"); got != towns {
				t.Errorf("%s: %d towns, want %d", tc.reason, got, towns)
			}
		})
	}
}

func TestOnboardFromCatalogue(t *testing.T) {
	out, _, code := onboard(t, "", "371621", "--from-catalogue")
	read := documents(t, out)
	if code != 0 || len(read) != 2 || valueAt(read[1], "spec", "townships", "source") != "FromCatalogue" {
		t.Errorf("exit %d, %v: want the namespace and the county alone", code, read)
	}
}

func TestOnboardRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"Unknown":      {"the counties of the city are named, and the way out", []string{"371699"}, "it has 371602 滨城区"},
		"UnknownWay":   {"a newer county comes from a list", []string{"371699"}, "--from towns.csv"},
		"UnknownCity":  {"the cities of the province are named", []string{"3799"}, "3716 滨州市"},
		"CityAsSix":    {"a city in six digits", []string{"371600"}, "write 3716 for all its counties"},
		"Township":     {"a township names its county", []string{"371621101"}, "give its county, 371621"},
		"Length":       {"no level has five digits", []string{"37162"}, "give six digits"},
		"Ambiguous":    {"all candidates stand there", []string{"鼓楼区"}, "320302     江苏省徐州市鼓楼区"},
		"Similar":      {"a near name is offered", []string{"惠民区"}, "371621     山东省滨州市惠民县"},
		"Nowhere":      {"no name is near", []string{"哥谭市"}, `no county, city or province is called "哥谭市"`},
		"OneIsWrong":   {"one wrong unit prints nothing at all", []string{"371621", "371699"}, "is not a county"},
		"Both":         {"the operator sizes nothing", []string{"371621", "--from-catalogue", "--open-cases", "5"}, "leave out --from-catalogue"},
		"NameAlone":    {"a county's name goes with its list", []string{"371621", "--county-name", "x"}, "give the file too"},
		"SharedSize":   {"a shared town has no instances", []string{"371621", "--mode", "Shared", "--replicas", "2"}, "--replicas"},
		"Negative":     {"quotas are not negative", []string{"371621", "--open-cases=-1"}, "--open-cases is -1"},
		"TooFew":       {"an instance needs two connections", []string{"371621", "--connections", "1"}, "--connections is 1: give 2 to 200"},
		"TooMany":      {"the resource accepts 20 instances", []string{"371621", "--replicas", "21"}, "--replicas is 21: give 0 to 20"},
		"Subject":      {"the form is shown", []string{"371621", "--administrator-subject", "me"}, "issuer=https://"},
		"TwoLists":     {"a list is one county's", []string{"371621", "371622", "--from", "-"}, "exactly one county"},
		"CityList":     {"a list is one county's", []string{"3716", "--from", "-"}, "3716 has 7"},
		"UnknownName":  {"an unknown county needs a name", []string{"371699", "--from", "-"}, "--county-name"},
		"MissingFile":  {"the file is named", []string{"371621", "--from", "/nonexistent/towns.csv"}, "/nonexistent/towns.csv"},
		"EmptyList":    {"an empty list is no county", []string{"371621", "--from", "-"}, "there is no town in it"},
		"UnknownMode":  {"the command line names the modes", []string{"371621", "--mode", "shared"}, "Shared"},
		"NoUnitAtAll":  {"the command line asks for a unit", nil, "unit"},
		"EmptyUnitArg": {"an empty unit is none", []string{""}, "no county"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, messages, code := onboard(t, "", tc.args...)
			if code == 0 || !strings.Contains(messages, tc.want) {
				t.Errorf("%s: exit %d, %q lacks %q", tc.reason, code, messages, tc.want)
			}
			if strings.Contains(out, "apiVersion") {
				t.Errorf("%s: manifests are printed beside an error", tc.reason)
			}
		})
	}
}

func TestOnboardFromList(t *testing.T) {
	utf8List := "371621101,石庙镇\n371621201,新乡,Township\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(utf8List)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ reason, text string }{
		"Plain":      {"two columns are enough", utf8List},
		"GB18030":    {"what office software writes in China", gb},
		"Mark":       {"with a byte order mark", "\ufeff" + utf8List},
		"Windows":    {"with lines as Windows ends them", strings.ReplaceAll(utf8List, "\n", "\r\n")},
		"Header":     {"with a header", "code,name,kind\n" + utf8List},
		"Chinese":    {"with a header in Chinese, in another order", "序号,名称,类型,区划代码\n1,新乡,乡,371621201\n2,石庙镇,,371621101\n"},
		"Tabs":       {"pasted from a sheet", "371621101\t石庙镇\n371621201\t新乡\n"},
		"Twelve":     {"statistical codes of twelve digits", "371621101000,石庙镇\n371621201000,新乡\n"},
		"Blanks":     {"blank lines and blanks around values", "\n 371621101 , 石庙镇 \n\n371621201,新乡\n,,\n"},
		"DeskRow":    {"a row of the county itself is dropped", "371621000,惠民县\n" + utf8List},
		"Unordered":  {"in any order", "371621201,新乡\n371621101,石庙镇\n"},
		"QuotedCell": {"quoted cells", "\"371621101\",\"石庙镇\"\n\"371621201\",\"新乡\"\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, messages, code := onboard(t, tc.text, "371621", "--from", "-")
			if code != 0 {
				t.Fatalf("%s: exit %d: %s", tc.reason, code, messages)
			}
			read := documents(t, out)
			var got []string
			for _, document := range read[2:] {
				got = append(got, valueAt(document, "metadata", "name").(string)+valueAt(document, "spec", "displayName").(string)+valueAt(document, "spec", "kind").(string))
			}
			if strings.Join(got, " ") != "371621101石庙镇Town 371621201新乡Township" {
				t.Errorf("%s: reads %v", tc.reason, got)
			}
			if dropped := strings.Contains(messages, "line 1: 371621000 惠民县 is left out"); dropped != (name == "DeskRow") {
				t.Errorf("%s: says %q", tc.reason, messages)
			}
		})
	}
}

func TestOnboardNewCounty(t *testing.T) {
	file := filepath.Join(t.TempDir(), "towns.csv")
	if err := os.WriteFile(file, []byte("371699401,黄河开发区,街道\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, messages, code := onboard(t, "", "371699", "--county-name", "黄河新区", "--from", file)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, messages)
	}
	read := documents(t, out)
	if valueAt(read[1], "spec", "displayName") != "黄河新区" || valueAt(read[2], "spec", "kind") != "Street" {
		t.Errorf("reads %v: the list decides name and kind", read)
	}
	out, _, _ = onboard(t, "371621101,新石庙镇\n", "惠民县", "--from", "-")
	if read = documents(t, out); valueAt(read[1], "spec", "displayName") != "惠民县" || valueAt(read[2], "spec", "displayName") != "新石庙镇" {
		t.Errorf("reads %v: the list wins over the catalogue", read)
	}
}

// What a message advises can be done, and helps.
func TestOnboardAdviceHolds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "towns.csv")
	if err := os.WriteFile(file, []byte("371699401,黄河开发区,街道\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, messages, code := onboard(t, "", "371699")
	_, advice, found := strings.Cut(messages, "tiaojie onboard ")
	if code == 0 || !found {
		t.Fatalf("exit %d: %s", code, messages)
	}
	arguments := strings.Fields(strings.NewReplacer("NAME", "黄河新区", "towns.csv", file).Replace(advice))
	if _, messages, code := onboard(t, "", arguments...); code != 0 {
		t.Errorf("onboard %v, which was advised, is refused: %s", arguments, messages)
	}
	for _, impossible := range [][]string{{"999999", "--from", file}, {"999999"}, {"370001"}} {
		_, messages, code := onboard(t, "", impossible...)
		if code == 0 || strings.Contains(messages, "tiaojie onboard ") || !strings.Contains(messages, "correct it") {
			t.Errorf("onboard %v: exit %d: %s", impossible, code, messages)
		}
	}
	_, messages, _ = onboard(t, "", "371600", "--from", file)
	if strings.Contains(messages, "--county-name") || !strings.Contains(messages, "write 3716") {
		t.Errorf("a city: %s", messages)
	}
}

func TestOnboardListNamesEveryWrongLine(t *testing.T) {
	text := "code,name,kind\n371621101,石庙镇\n371622101,别处镇\n371621101,又一个\n3716211,短\n3.71621E+08,坏\n371621105,\n371621107,某镇,城\n371621108,某镇,Desk\n371621109," + strings.Repeat("长", 65) + "\n371621600,外\n"
	_, messages, code := onboard(t, text, "371621", "--from", "-")
	if code == 0 {
		t.Fatal("a wrong list is accepted")
	}
	for _, want := range []string{
		"line 3: 371622101 is not in county 371621",
		"line 4: 371621101 stands on line 2 already",
		`line 5: "3716211" is no code of a township: it has 9 digits, this has 7`,
		"line 6: \"3.71621E+08\" is a rounded number",
		"line 7: 371621105 has no name",
		`line 8: 371621107: "城" is no kind of township`,
		"line 9: 371621108: a town is never the county desk",
		"line 10: 371621109: a name has at most 64 characters",
		"line 11: 371621600: the last three digits",
	} {
		if !strings.Contains(messages, want) {
			t.Errorf("the message lacks %q:\n%s", want, messages)
		}
	}
}

func TestOnboardListRefusesOtherFiles(t *testing.T) {
	cases := map[string]struct{ reason, text, want string }{
		"UTF16":    {"spreadsheets call it Unicode text", "\xff\xfe3\x007\x00", "UTF-16"},
		"Binary":   {"a spreadsheet file is no list", "PK\x03\x04\xff\xff\x80", "neither UTF-8 nor GB18030"},
		"Quotes":   {"a broken quote names its line", "371621101,\"石庙\n", "line"},
		"NoCode":   {"a header without codes", "名称,类型\n石庙镇,镇\n", "needs a column code"},
		"NoName":   {"a header without names", "code,kind\n371621101,镇\n", "needs a column code (代码) and a column name"},
		"OnlyDesk": {"nothing is left", "371621000,惠民县\n", "there is no town"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, messages, code := onboard(t, tc.text, "371621", "--from", "-")
			if code == 0 || !strings.Contains(messages, tc.want) {
				t.Errorf("%s: exit %d, %q lacks %q", tc.reason, code, messages, tc.want)
			}
		})
	}
}

func TestQuoteSurvivesYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Filter(func(s string) bool {
			return utf8.ValidString(s) && !strings.ContainsAny(s, "\x7f\u0080\ufeff\ufffe\uffff") && !strings.ContainsFunc(s, isUnprintable)
		}).Draw(t, "text")
		var got struct{ Value string }
		if err := yaml.UnmarshalStrict([]byte("value: "+quoteYAML(text)+"\n"), &got); err != nil || got.Value != text {
			t.Fatalf("%q comes back as %q, %v", text, got.Value, err)
		}
	})
}

// isUnprintable is what YAML allows in no form but an escape that JSON does not use.
func isUnprintable(letter rune) bool { return letter >= 0x80 && letter < 0xa0 }

func FuzzParseTowns(f *testing.F) {
	for _, seed := range []string{"371621101,石庙镇\n", "code,name\n", "\xff\xfe", "371621000,x\n371621101,y,乡", "a\tb\n", "\"", "371621101000,x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		towns, _, err := parseTowns(raw, "371621")
		if err != nil {
			return
		}
		if len(towns) == 0 {
			t.Fatal("no towns and no error")
		}
		var out strings.Builder
		command := OnboardCommand{Server: "default"}
		command.print(&out, county{unit: division.Unit{Code: "371621", Name: "惠民县"}, title: "t", towns: towns}, nil)
		for i, document := range documents(t, out.String())[2:] {
			if valueAt(document, "metadata", "name") != towns[i].code || valueAt(document, "spec", "displayName") != towns[i].name {
				t.Fatalf("%v comes out as %v", towns[i], document)
			}
		}
	})
}
