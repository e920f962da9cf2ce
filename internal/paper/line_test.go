package paper

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func openTypecase(t testing.TB) *typecase {
	types := newTypecase(DefaultDirectories())
	t.Cleanup(types.close)
	return types
}

func words(l line) string {
	var out strings.Builder
	for _, g := range l.glyphs {
		out.WriteRune(g.character)
	}
	return out.String()
}

func broken(types *typecase, text string, characters float64) []string {
	var all []string
	for _, l := range types.set(text, 10, characters*10, 0) {
		all = append(all, words(l))
	}
	return all
}

func TestSet(t *testing.T) {
	types := openTypecase(t)
	cases := map[string]struct {
		reason, text string
		characters   float64
		want         string
	}{
		"plain":            {"Chinese breaks anywhere", "甲乙丙丁戊己", 4, "甲乙丙丁|戊己"},
		"comma":            {"no line begins with a comma: its character goes along", "甲乙丙丁，戊己", 4, "甲乙丙|丁，戊己"},
		"two marks":        {"nor with two marks in a row", "甲乙丙丁。”戊", 4, "甲乙丙|丁。”戊"},
		"opening bracket":  {"no line ends with an opening bracket", "甲乙丙（丁）", 4, "甲乙丙|（丁）"},
		"number":           {"a number stays whole", "共计120000元整", 4, "共计|120000元|整"},
		"words":            {"words break at spaces, which are not set at the end", "good morning", 4, "good|morning"},
		"a word too long":  {"a word longer than the line breaks anywhere", "abcdefghijklmnop", 4, "abcdefgh|ijklmnop"},
		"only marks":       {"where nothing may break, it breaks all the same", "，，，，，，，", 4, "，，，，|，，，"},
		"empty":            {"an empty text is one empty line", "", 4, ""},
		"paragraphs":       {"lines of the text stay lines", "甲\n\n乙", 4, "甲||乙"},
		"invisible":        {"what a page cannot show is not there", "甲\u202e\u200b\u0000乙\ufe0f", 4, "甲乙"},
		"trailing newline": {"CRLF is one line end", "甲\r\n乙", 4, "甲|乙"},
	}
	for name, try := range cases {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(broken(types, try.text, try.characters), "|"); got != try.want {
				t.Errorf("%s: %q, want %q", try.reason, got, try.want)
			}
		})
	}
}

// TestSet_losesNothing: all characters in their order, no line wider than the measure, no mark at a line's start where
// it could have been avoided.
func TestSet_losesNothing(t *testing.T) {
	types := openTypecase(t)
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙，。；（）《》“”abc 12.-𠮷")), 0, 120, -1).Draw(r, "text")
		measure := rapid.Float64Range(30, 300).Draw(r, "measure")
		var got strings.Builder
		for i, l := range types.set(text, 10, measure, 20) {
			got.WriteString(words(l))
			room := measure
			if i == 0 {
				room -= 20
			}
			if l.width > room+0.1 && len(l.glyphs) > 1 {
				r.Fatalf("line %q is %.1f wide, room %.1f", words(l), l.width, room)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(got.String()) != bare(text) {
			r.Fatalf("%q became %q", text, got.String())
		}
	})
	if types.err != nil {
		t.Fatal(types.err)
	}
}

func TestStretch(t *testing.T) {
	types := openTypecase(t)
	full := types.set("甲乙丙丁戊己庚辛壬，癸甲乙", 10, 105, 0)
	if between := full[0].stretch(10, 105); between <= 0 || between > 10.0/6 {
		t.Errorf("a line a little short is stretched by %.2f", between)
	}
	if between := full[len(full)-1].stretch(10, 105); between != 0 {
		t.Error("the last line of a paragraph is stretched")
	}
	torn := types.set("甲 "+strings.Repeat("x", 40), 10, 105, 0)
	if between := torn[0].stretch(10, 105); between != 0 {
		t.Errorf("a nearly empty line is torn by %.2f", between)
	}
}
