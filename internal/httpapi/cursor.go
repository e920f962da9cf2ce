package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	cursorVersion = 1
	defaultLimit  = 50
	maxLimit      = 200
	maxCursor     = 512
)

// cursor is where a list goes on: the last row's place in the sort order, with a digest of the list it belongs to. It
// holds no secret and grants nothing, so it is not signed; every instance reads every other's.
type cursor struct {
	Version int       `json:"v"`
	List    []byte    `json:"l"` // digest of path, sort and filters
	At      time.Time `json:"a,omitzero"`
	ID      string    `json:"i"`
}

// listDigest names a list: its path, and its query without the parameters that only move through it.
func listDigest(path string, query url.Values) []byte {
	kept := url.Values{}
	for name, values := range query {
		if name != "cursor" && name != "limit" {
			kept[name] = values
		}
	}
	sum := sha256.Sum256([]byte(path + "?" + kept.Encode()))
	return sum[:9]
}

func (c cursor) encode() string {
	text, err := json.Marshal(c)
	if err != nil { // a time beyond year 9999 only, which no row has
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// decodeCursor reads a cursor made for the list with this digest.
func decodeCursor(text string, list []byte) (cursor, error) {
	var read cursor
	if len(text) > maxCursor {
		return read, errCursor("malformed-cursor")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return read, errCursor("malformed-cursor")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil || decoder.More() || read.Version != cursorVersion {
		return read, errCursor("malformed-cursor")
	}
	if !bytes.Equal(read.List, list) {
		return read, errCursor("cursor-of-another-list")
	}
	return read, nil
}

func errCursor(code string) error {
	en := "The cursor is not one that this API made: begin again without it."
	zh := "游标不是本接口签发的：请去掉游标重新开始。"
	if code == "cursor-of-another-list" {
		en = "The cursor belongs to a list with other filters or another order: keep them while you page, or begin again."
		zh = "游标属于另一组筛选条件或排序：翻页时请保持不变，或重新开始。"
	}
	failed := mediation.Fail(mediation.Invalid, code, en, zh)
	failed.Fields = []mediation.FieldError{{Pointer: "query.cursor", Code: code, Message: en, MessageZH: zh}}
	return failed
}

// nextLink is the Link header (RFC 8288) of a list that goes on.
func nextLink(path string, query url.Values, next string) string {
	if next == "" {
		return ""
	}
	following := url.Values{}
	for name, values := range query {
		following[name] = values
	}
	following.Set("cursor", next)
	return "<" + path + "?" + following.Encode() + `>; rel="next"`
}
