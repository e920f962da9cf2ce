package seal_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/seal"
)

func TestLexer_vectors(t *testing.T) {
	l := codec(t, seal.DataKey{Version: 1, Key: counting()}).Lexer()
	for _, tc := range []struct {
		class byte
		words []string
		want  string
	}{
		{'a', []string{"张", "三"}, "jkKNvR8I"}, {'o', []string{"张", "三"}, "eAumSMeL"}, {'a', []string{"䶮"}, "f1SgqgIi"},
		{'a', []string{"𠮷"}, "P3TTcf9e"}, {'a', []string{"张三"}, "i1mt63DK"},
	} {
		if got := l.Lexeme(tc.class, tc.words...); got != tc.want {
			t.Errorf("%c %v is %s: every index made before would be worthless", tc.class, tc.words, got)
		}
	}
}

// A lexeme is a word of the index's alphabet: it needs no quoting in any query and shows nothing of the text.
func TestLexer_alphabet(t *testing.T) {
	sound := regexp.MustCompile(`^[A-Za-z0-9_-]{8}$`)
	l := codec(t, dataKey(t, 1)).Lexer()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "words")
		one := l.Lexeme('a', words...)
		if !sound.MatchString(one) || len(one) != seal.LexemeSize {
			t.Fatalf("%q", one)
		}
		if again := l.Lexeme('a', words...); again != one {
			t.Fatal("a lexer remembers what it saw before")
		}
		if joined := l.Lexeme('a', strings.Join(words, "")); len(words) > 1 && joined == one {
			t.Fatal("words are simply joined")
		}
	})
}

func TestLexer_keys(t *testing.T) {
	first, second := dataKey(t, 1), dataKey(t, 2)
	before := codec(t, first).Lexer().Lexeme('a', "邻", "里")
	if codec(t, second, first).Lexer().Lexeme('a', "邻", "里") != before {
		t.Error("a new data key lost the index")
	}
	if codec(t, dataKey(t, 1)).Lexer().Lexeme('a', "邻", "里") == before {
		t.Error("two tenants' indexes can be compared")
	}
}
