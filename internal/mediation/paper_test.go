package mediation_test

import (
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// simple is the case, graded as such.
func simple(c mediation.Case) mediation.Case { return gradedAs(c, mediation.DifficultySimple) }

func gradedAs(c mediation.Case, difficulty mediation.Difficulty) mediation.Case {
	c.Gradings = append(slices.Clip(c.Gradings), mediation.Grading{Number: len(c.Gradings) + 1, Computed: difficulty})
	return c
}

// What a file must hold, by outcome, form and difficulty: everything that happened here is a meeting and what it came to.
func TestCase_FileChecklist(t *testing.T) {
	const (
		register = "application-or-register"
		full     = register + " rights-notice identity-proofs mediation-record"
		agreed   = full + " agreement"
	)
	outcomes := map[string]struct {
		road []mediation.Verb
		from mediation.State
		want map[mediation.Difficulty]string // "" is every difficulty that is not there, and a case that nobody graded
	}{
		"refused":                    {nil, "refused", map[mediation.Difficulty]string{"": register}},
		"withdrawn before a meeting": {nil, "withdrawn", map[mediation.Difficulty]string{"": register}},
		"withdrawn after a meeting":  {[]mediation.Verb{"withdraw"}, "mediating", map[mediation.Difficulty]string{"": full}},
		"terminated":                 {[]mediation.Verb{"terminate"}, "mediating", map[mediation.Difficulty]string{"": full}},
		"failed":                     {nil, "failed", map[mediation.Difficulty]string{"": full}},
		"transferred":                {nil, "transferred", map[mediation.Difficulty]string{"": register + " referral-papers"}},
		"merged":                     {nil, "merged", map[mediation.Difficulty]string{"": register}},
		"agreed in writing":          {nil, "agreed", map[mediation.Difficulty]string{"": agreed}},
		"agreed orally": {[]mediation.Verb{"agree-orally"}, "mediating", map[mediation.Difficulty]string{
			"": agreed, mediation.DifficultySimple: register + " agreement",
		}},
	}
	tried := 0
	for name, outcome := range outcomes {
		for _, difficulty := range []mediation.Difficulty{"", "simple", "ordinary", "complex", "major"} {
			t.Run(name+" "+string(difficulty), func(t *testing.T) {
				c := then(t, in(t, outcome.from), outcome.road...)
				if difficulty != "" {
					c = gradedAs(c, difficulty)
				}
				want, special := outcome.want[difficulty]
				if !special {
					want = outcome.want[""]
				}
				var required []string
				for _, line := range c.FileChecklist() {
					if line.Required && !line.ByArchive {
						required = append(required, string(line.Kind))
					}
					if line.Gap() != (line.Required && !line.ByArchive) {
						t.Errorf("%s: nothing is on file, so what is required is missing", line.Kind)
					}
				}
				if got := strings.Join(required, " "); got != want {
					t.Errorf("got %s\nwant %s", got, want)
				}
				if c.Reduced() != special && difficulty != "" {
					t.Errorf("reduced: %v", c.Reduced())
				}
				tried++
			})
		}
	}
	t.Logf("%d combinations of outcome, form and difficulty", tried)
}

// Whoever wants to close a case sees beforehand what archiving will want.
func TestCase_Actions_showTheFileAhead(t *testing.T) {
	ahead := func(c mediation.Case, verb mediation.Verb) (codes []string, allowed bool) {
		for _, state := range c.Actions(director(), c.UpdatedAt.Add(minutes(1))) {
			if state.Verb != verb {
				continue
			}
			for _, missing := range state.Ahead {
				if missing.Code != "missing-item" || missing.ZH == "" || missing.EN == "" {
					t.Errorf("%+v", missing)
				}
				codes = append(codes, strings.TrimPrefix(missing.Pointer, "/file/"))
			}
			return codes, state.Allowed
		}
		return nil, false
	}
	c := then(t, in(t, mediation.StateMediating), "agree-orally", "perform")
	if codes, allowed := ahead(c, "close"); !allowed || len(codes) != 5 {
		t.Errorf("closing is allowed (%v), and five papers are wanted after it: %v", allowed, codes)
	}
	if codes, allowed := ahead(simple(c), "close"); !allowed || !slices.Equal(codes, []string{"application-or-register", "agreement"}) {
		t.Errorf("of a simple case, two: %v %v", allowed, codes)
	}
	if codes, _ := ahead(in(t, mediation.StateMediating), "close"); len(codes) != 0 {
		t.Errorf("before there is an outcome nobody closes: %v", codes)
	}
}

// The inner index names the paper that is there, not the two that it may be; what was filed under both names too.
func TestCase_PutOnFile_namesOnePaper(t *testing.T) {
	filing := func(c mediation.Case, kind mediation.PaperKind, title string) string {
		t.Helper()
		changed, _, err := c.PutOnFile(mediation.Paper{Kind: kind, Title: title, Medium: mediation.MediumPaper, Pages: 1}, mediation.Act{At: c.UpdatedAt.Add(minutes(1)), By: director(), NewID: numbered()})
		if err != nil {
			t.Fatal(err)
		}
		lines, _ := changed.InnerIndex()
		return lines[0].Title
	}
	applied, agreed := in(t, mediation.StateMediating), in(t, mediation.StateAgreed)
	oral := then(t, in(t, mediation.StateMediating), "agree-orally")
	taken := applied
	taken.Source = mediation.SourceOwnInitiative
	for name, tc := range map[string]struct{ got, want string }{
		"by application":           {filing(applied, "application-or-register", ""), "申请书"},
		"of the committee's own":   {filing(taken, "application-or-register", ""), "受理登记表"},
		"under both names, before": {filing(applied, "application-or-register", "申请书或者受理登记表"), "申请书"},
		"as somebody calls it":     {filing(applied, "application-or-register", "张三的申请书"), "张三的申请书"},
		"in writing":               {filing(agreed, "agreement", ""), "调解协议书"},
		"by word of mouth":         {filing(oral, "agreement", ""), "口头协议登记表"},
		"of one name only":         {filing(agreed, "rights-notice", ""), "权利义务告知书"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", name, tc.got, tc.want)
		}
	}
}
