package mediation_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// published is a sound document of clocks of a county.
func published(version, validFrom, body string) mediation.Reference {
	return mediation.Reference{Kind: mediation.ReferenceClocks, Unit: "371621", Version: version, ValidFrom: validFrom, Body: []byte(body)}
}

func TestReference_Checked(t *testing.T) {
	got, err := published("2026.1", "2026-12-01", `{"rules": [ {"id":"b","a":1.50} ]}`).Checked()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"level":"county","rules":[{"a":1.50,"id":"b"}],"unit":"371621","version":"2026.1"}`
	if string(got.Body) != want || got.Digest != mediation.DigestOf([]byte(want)) {
		t.Errorf("the body is canonical and says whose it is: %s", got.Body)
	}
	if again, err := got.Checked(); err != nil || again.Digest != got.Digest {
		t.Errorf("a stored body is canonical already: %v", err)
	}
	mapping := mediation.Reference{Kind: mediation.ReferenceTypeMapping, Unit: "37", Version: "2", ValidFrom: "2027-01-01", Body: []byte(`{"links":[]}`)}
	if got, err = mapping.Checked(); err != nil || string(got.Body) != `{"links":[],"validFrom":"2027-01-01","version":"2"}` {
		t.Errorf("the other kinds carry their day: %v %s", err, got.Body)
	}
}

func TestReference_Checked_refuses(t *testing.T) {
	sound := published("2026.1", "2026-12-01", `{"rules":[]}`)
	for reason, tc := range map[string]struct {
		change  func(*mediation.Reference)
		pointer string
	}{
		"a kind that is none":          {func(r *mediation.Reference) { r.Kind = "weather" }, "/kind"},
		"the program's own layer":      {func(r *mediation.Reference) { r.Unit = "" }, "/unit"},
		"a unit of four digits":        {func(r *mediation.Reference) { r.Unit = "3716" }, "/unit"},
		"a unit with a letter":         {func(r *mediation.Reference) { r.Unit = "37162x" }, "/unit"},
		"no version":                   {func(r *mediation.Reference) { r.Version = "" }, "/version"},
		"a version with a plus":        {func(r *mediation.Reference) { r.Version = "1+2" }, "/version"},
		"a day that does not exist":    {func(r *mediation.Reference) { r.ValidFrom = "2026-02-30" }, "/validFrom"},
		"a list":                       {func(r *mediation.Reference) { r.Body = []byte(`[]`) }, "/body"},
		"null":                         {func(r *mediation.Reference) { r.Body = []byte(`null`) }, "/body"},
		"two documents":                {func(r *mediation.Reference) { r.Body = []byte(`{} {}`) }, "/body"},
		"no JSON":                      {func(r *mediation.Reference) { r.Body = []byte(`{"rules":`) }, "/body"},
		"half a megabyte":              {func(r *mediation.Reference) { r.Body = []byte(`{"a":"` + strings.Repeat("x", 512<<10) + `"}`) }, "/body"},
		"another version in the body":  {func(r *mediation.Reference) { r.Body = []byte(`{"version":"9"}`) }, "/body/version"},
		"another county in the body":   {func(r *mediation.Reference) { r.Body = []byte(`{"unit":"371622"}`) }, "/body/unit"},
		"another level in the body":    {func(r *mediation.Reference) { r.Body = []byte(`{"level":"base"}`) }, "/body/level"},
		"a version that is a number":   {func(r *mediation.Reference) { r.Body = []byte(`{"version":2026.1}`) }, "/body/version"},
		"a body that is far too deep":  {func(r *mediation.Reference) { r.Body = []byte(strings.Repeat(`{"a":`, 20_000)) }, "/body"},
		"a body that is only a string": {func(r *mediation.Reference) { r.Body = []byte(`"rules"`) }, "/body"},
	} {
		r := sound
		tc.change(&r)
		_, err := r.Checked()
		wantField(t, err, reason, tc.pointer)
	}
}

func wantField(t *testing.T, err error, reason, pointer string) {
	t.Helper()
	var refusal *mediation.Error
	if !errors.As(err, &refusal) || refusal.Kind != mediation.Invalid || len(refusal.Fields) == 0 || refusal.Fields[0].Pointer != pointer ||
		refusal.Fields[0].Message == "" || refusal.Fields[0].MessageZH == "" {
		t.Errorf("%s: %v, want %s", reason, err, pointer)
	}
}

func TestReferenceVersions(t *testing.T) {
	at := func(version, day string, revision int64) mediation.Reference {
		r := published(version, day, "{}")
		r.Revision = revision
		return r
	}
	other := at("other", "2026-01-01", 1)
	other.Unit = "371622"
	all := []mediation.Reference{at("1", "2026-01-01", 1), at("2", "2026-06-01", 2), at("2b", "2026-06-01", 3), at("3", "2027-01-01", 4), other}
	for day, want := range map[string]string{
		"2025-12-31": "", "2026-01-01": "1", "2026-05-31": "1", "2026-06-01": "2b 2 1", "2026-12-31": "2b 2 1", "2027-01-01": "3 2b 2 1",
	} {
		var got []string
		for _, r := range mediation.ReferenceVersions(all, mediation.ReferenceClocks, "371621", day) {
			got = append(got, r.Version)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("on %s: %v, want %s", day, got, want)
		}
	}
	if got := strings.Join(mediation.ReferenceUnits("371621101"), " "); got != "37 371621 371621101" {
		t.Errorf("a town goes by its province, its county and itself: %s", got)
	}
}

func TestReference_Follows(t *testing.T) {
	first, second := published("1", "2026-01-01", `{"a":1}`), published("2", "2026-06-01", `{"a":2}`)
	first.Revision, first.Digest = 1, mediation.DigestOf(first.Body)
	second.Revision, second.Digest = 2, mediation.DigestOf(second.Body)
	own := []mediation.Reference{second, first}
	changed := second
	changed.Digest = "another"
	for reason, tc := range map[string]struct {
		document mediation.Reference
		seen     int64
		known    bool
		code     string
	}{
		"the next one":                    {published("3", "2026-06-01", `{}`), 2, false, ""},
		"by somebody who insists on none": {published("3", "2026-06-01", `{}`), mediation.AnyRevision, false, ""},
		"by somebody who saw an old one":  {published("3", "2026-06-01", `{}`), 1, false, "stale-version"},
		"the latest once more":            {second, 2, true, ""},
		"an old one once more":            {first, 2, false, "reference-published"},
		"the same version, another body":  {changed, 2, false, "reference-published"},
		"a day before the latest's":       {published("3", "2026-05-31", `{}`), 2, false, "invalid-reference"},
	} {
		known, err := tc.document.Follows(own, tc.seen)
		if known != tc.known || mediation.CodeOf(err) != tc.code {
			t.Errorf("%s: %v %v, want %v %q", reason, known, err, tc.known, tc.code)
		}
	}
}

func TestReferenceKind_Withdrawal(t *testing.T) {
	later := published("2", "2027-01-01", `{}`)
	later.Revision = 2
	got := mediation.ReferenceClocks.Withdrawal("371621", "2026-11-23", []mediation.Reference{later})
	if !got.Withdraws() || got.Version != "withdrawn-3" || got.ValidFrom != "2027-01-01" {
		t.Errorf("what is taken back later than today is taken back on its day: %+v", got)
	}
	if got = mediation.ReferenceClocks.Withdrawal("371621", "2026-11-23", nil); got.Version != "withdrawn-1" || got.ValidFrom != "2026-11-23" {
		t.Errorf("%+v", got)
	}
}

func TestParseNumberPattern(t *testing.T) {
	p, err := mediation.ParseNumberPattern([]byte(`{"version":"1","validFrom":"2026-01-01","pattern":"{year}{prefix}调{serial:3}"}`))
	if err != nil || p.Pattern != "{year}{prefix}调{serial:3}" {
		t.Errorf("%v %+v", err, p)
	}
	for _, pattern := range []string{"", "{year}", "{serial}", "{year}{serial}{serial}", "{year}{serial:0}", "{年}{serial}"} {
		text, _ := json.Marshal(map[string]string{"version": "1", "validFrom": "2026-01-01", "pattern": pattern})
		if _, err := mediation.ParseNumberPattern(text); mediation.CodeOf(err) != "invalid-number-pattern" {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	if base := mediation.BaseNumberPattern(); base.Pattern != mediation.DefaultPattern {
		t.Errorf("%+v", base)
	}
}

// Whatever object is published, its stored form is stable and says whose it is.
func TestReference_Checked_isCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOf(rapid.StringMatching(`[a-k]{1,4}`), rapid.String()).Draw(t, "fields")
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		once, err := published("1", "2026-01-01", string(text)).Checked()
		if err != nil {
			t.Fatal(err)
		}
		twice, err := once.Checked()
		if err != nil || string(twice.Body) != string(once.Body) || twice.Digest != once.Digest {
			t.Fatalf("%v: %s became %s", err, once.Body, twice.Body)
		}
	})
}
