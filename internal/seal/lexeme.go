package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
)

// LexemeSize is the length of a lexeme in ASCII characters. Its 48 bits are too few to tell a text's words apart for
// ever, and enough: among a million different words of one tenant, a word that is looked for meets a false friend once in
// 280 million searches. Longer ones would make the largest table of a tenant larger.
const LexemeSize = 8

const lexemeBytes = LexemeSize * 6 / 8

// Lexer turns the words of a tenant's texts into lexemes: what a full-text index may hold instead of words. It is made
// for one text or one query by Codec.Lexer and is not safe for concurrent use.
//
// A lexeme tells nothing by itself. A whole index still shows which lexemes are frequent and which stand side by side, so
// whoever can read it and knows the language can guess common words, as in a cryptogram. It keeps texts from a dump, a
// backup and a query log, not from somebody who may study a copy for long.
type Lexer struct{ mac hash.Hash }

// Lexer makes a lexer under a key that comes, like Blind's, from the tenant's data key of the lowest version.
func (c *Codec) Lexer() *Lexer { return &Lexer{mac: hmac.New(c.blind.hash.fresh, c.lexeme[:])} }

// Lexeme gives the lexeme of a sequence of words in a class: 8 characters of A–Z, a–z, 0–9, - and _ from the front of an
// HMAC-SHA-256 or HMAC-SM3. Equal words of two classes have different lexemes, so what may be searched by whom can be told by class.
// The caller brings words into their normal form first.
func (l *Lexer) Lexeme(class byte, words ...string) string {
	l.mac.Reset()
	l.mac.Write([]byte{class, byte(len(words))}) //nolint:gosec // two words at most
	for _, word := range words {
		l.mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(word)))) //nolint:gosec // a word
		l.mac.Write([]byte(word))
	}
	var sum [sha256.Size]byte
	return base64.RawURLEncoding.EncodeToString(l.mac.Sum(sum[:0])[:lexemeBytes])
}
