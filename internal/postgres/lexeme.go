package postgres

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// What a case may be found by. A text becomes runs of words: a word is one Chinese character, or a whole token of Latin
// letters and digits; anything else parts two runs. The index holds, keyed, each word and each pair of neighbours with
// its place, so one word is found by itself, two by their pair, and longer strings by pairs that stand side by side,
// which is exactly where the string stands in the text. Words that are found by one character cost about a third of the
// index; without them a keyed index could not answer it, because keyed words have no beginnings to compare.
//
// Who may not see whom a case is about searches titles and numbers alone: those have words of a class of their own.
// Traditional characters are not mapped to simplified ones. Identity and mobile numbers are left out wherever they
// stand; blanks inside a party's name too, because two characters are often written with one between them.
const (
	wordsOfAll    = 'a' // title, place, names of parties, facts, claims
	wordsOfTitle  = 't' // for those who see no more
	wordsOfNumber = 'n' // registration and 人调字 number; sought by strings that hold a digit, or every case had the word 调字
)

// searchEdition counts how texts became words, as it stands in cases.search_edition. A new way of doing it is a new number,
// and a migration that sets the column of cases indexed in an older way to NULL.
const searchEdition = "1"

// Bounds of PostgreSQL's tsvector. A text that is longer than a lap of places begins anew at the first: neighbours remain
// neighbours, and the next lap's first places are noted behind the last as well, so that no string is torn. PostgreSQL
// keeps 255 places of a pair: of one that stands oftener in one case, longer strings are found at those alone.
const (
	lap          = 16_000
	lapOverlap   = 64
	maxIndexSize = 1_000_000 // bytes of the vector's 1 MiB
)

// identityLike are tokens that are looked up exactly or not at all: resident identity numbers, old and new, and mobile
// numbers.
var identityLike = regexp.MustCompile(`^([0-9]{17}[0-9x]|[0-9]{15}|(86)?1[3-9][0-9]{9})$`)

// runsOf splits a text into its runs of words, in one normal form for index and query: NFKC, small letters, no marks that
// cannot be seen.
func runsOf(text string) (runs [][]string) {
	var (
		run   []string
		token strings.Builder
	)
	endToken := func() {
		if token.Len() > 0 {
			run = append(run, token.String())
			token.Reset()
		}
	}
	endRun := func() {
		endToken()
		if len(run) > 0 {
			runs, run = append(runs, run), nil
		}
	}
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		switch {
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
		case unicode.Is(unicode.Latin, r), r >= '0' && r <= '9':
			token.WriteRune(r)
		case unicode.In(r, unicode.L, unicode.N, unicode.M):
			endToken()
			run = append(run, string(r))
		default:
			endRun()
		}
	}
	endRun()
	return runs
}

// indexText builds the vector of one case.
type indexText struct {
	lexeme func(class byte, words ...string) string
	places map[string][]int
	order  []string
	place  int
	size   int
}

// SearchVector gives the text form of a case's tsvector. The lexemes are those of seal.Lexer; a tool that loads a million
// cases remembers them.
func SearchVector(lexeme func(class byte, words ...string) string, c mediation.Case) string {
	x := &indexText{lexeme: lexeme, places: map[string][]int{}}
	x.add(c.Registration, wordsOfNumber)
	x.add(c.Number, wordsOfNumber)
	x.add(c.Title, wordsOfAll, wordsOfTitle)
	x.add(c.Place, wordsOfAll)
	for _, p := range c.Parties {
		x.add(strings.Join(strings.Fields(p.Name), ""), wordsOfAll)
		x.add(strings.Join(strings.Fields(p.LegalRepresentative), ""), wordsOfAll)
	}
	x.add(c.Facts, wordsOfAll)
	x.add(c.Claims, wordsOfAll)
	return x.String()
}

// add notes the words of one field. Fields and runs never touch: a place is left free between them.
func (x *indexText) add(text string, classes ...byte) {
	for _, run := range runsOf(text) {
		for i, word := range run {
			x.place++
			if identityLike.MatchString(word) {
				continue
			}
			for _, class := range classes {
				x.note(class, run, i)
			}
		}
		x.place++
	}
}

// note puts down the i-th word of a run, and its pair with the next. Numbers are also found without the noughts before
// them.
func (x *indexText) note(class byte, run []string, i int) {
	for _, word := range spellings(class, run[i]) {
		x.put(x.lexeme(class, word), 0)
		if i+1 == len(run) || identityLike.MatchString(run[i+1]) {
			continue
		}
		for _, next := range spellings(class, run[i+1]) {
			pair := x.lexeme(class, word, next)
			place := (x.place-1)%lap + 1
			x.put(pair, place)
			if x.place > lap && place <= lapOverlap {
				x.put(pair, lap+place)
			}
		}
	}
}

func spellings(class byte, word string) []string {
	if short := strings.TrimLeft(word, "0"); class == wordsOfNumber && short != word && short != "" {
		return []string{word, short}
	}
	return []string{word}
}

// put notes a lexeme at a place, 0 for anywhere, while there is room: only a case of tens of thousands of different pairs
// is not indexed to its end.
func (x *indexText) put(lexeme string, place int) {
	places, known := x.places[lexeme]
	if !known {
		if x.size += seal.LexemeSize + 4; x.size > maxIndexSize {
			return
		}
		x.order = append(x.order, lexeme)
	}
	if place > 0 {
		if x.size += 2; x.size > maxIndexSize {
			return
		}
		places = append(places, place)
	}
	x.places[lexeme] = places
}

// String is the text form of a tsvector: 'lexeme':1,2 'lexeme'.
func (x *indexText) String() string {
	var b strings.Builder
	for _, lexeme := range x.order {
		b.WriteString(" '" + lexeme + "'")
		for i, place := range x.places[lexeme] {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(strconv.Itoa(place))
		}
	}
	return b.String()
}

// searchQuery gives the text form of the tsquery for what somebody typed: every run of every term must stand in the case.
// Invalid "invalid-query" where there is no word in it, or an identity or mobile number.
func (r tenantRows) searchQuery(text string, class byte) (string, error) {
	var conditions []string
	lexer := r.codec.Lexer()
	for _, term := range strings.Fields(text) {
		for _, run := range runsOf(term) {
			condition, err := runQuery(lexer, class, run)
			if err != nil {
				return "", err
			}
			conditions = append(conditions, condition)
		}
	}
	if len(conditions) == 0 {
		return "", mediation.QueryProblem("/q", "nothing-to-search", "Search for a letter, a character or a digit.", "检索词至少要有一个文字、字母或数字。")
	}
	return strings.Join(conditions, " & "), nil
}

func runQuery(lexer *seal.Lexer, class byte, run []string) (string, error) {
	condition, numbered := phrase(lexer, class, run), false
	for _, word := range run {
		if identityLike.MatchString(word) {
			return "", mediation.QueryProblem("/q", "identity-number",
				"Identity and mobile numbers are not searched as text.", "身份证号码、手机号码不作文本检索。")
		}
		numbered = numbered || strings.ContainsAny(word, "0123456789")
	}
	if numbered {
		return "(" + condition + " | " + phrase(lexer, wordsOfNumber, run) + ")", nil
	}
	return condition, nil
}

// phrase is the words side by side.
func phrase(lexer *seal.Lexer, class byte, run []string) string {
	if len(run) == 1 {
		return "'" + lexer.Lexeme(class, run[0]) + "'"
	}
	pairs := make([]string, 0, len(run))
	for i := range run[1:] {
		pairs = append(pairs, "'"+lexer.Lexeme(class, run[i], run[i+1])+"'")
	}
	return "(" + strings.Join(pairs, " <-> ") + ")"
}
