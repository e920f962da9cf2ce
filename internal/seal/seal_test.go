package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/seal"
)

var place = seal.AAD{Tenant: "371621101", Table: "cases", Column: "facts", Row: "0199f0c0-0000-7000-8000-000000000001"}

func dataKey(t testing.TB, version int) seal.DataKey {
	t.Helper()
	key, err := seal.NewDataKey(version, "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func codec(t testing.TB, keys ...seal.DataKey) *seal.Codec {
	t.Helper()
	c, err := seal.NewCodec(keys)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sealed(t testing.TB, c *seal.Codec, text string) []byte {
	t.Helper()
	box, err := c.Seal([]byte(text), place)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestCodec_opensWhatItSealed(t *testing.T) {
	c := codec(t, dataKey(t, 1))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		at := seal.AAD{
			Tenant: rapid.String().Draw(t, "tenant"), Table: rapid.String().Draw(t, "table"),
			Column: rapid.String().Draw(t, "column"), Row: rapid.String().Draw(t, "row"),
		}
		box, err := c.Seal(plain, at)
		if err != nil {
			t.Fatal(err)
		}
		if len(box) != len(plain)+seal.Overhead {
			t.Fatalf("%d bytes became %d", len(plain), len(box))
		}
		opened, err := c.Open(box, at)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("%v %x", err, opened)
		}
	})
}

func TestCodec_Seal_showsNothing(t *testing.T) {
	c := codec(t, dataKey(t, 1))
	one, two := sealed(t, c, "张三打了李四"), sealed(t, c, "张三打了李四")
	if bytes.Equal(one, two) {
		t.Error("two boxes of one text are equal: somebody could compare texts without the key")
	}
	if bytes.Contains(one, []byte("张三")) || bytes.Contains(one, []byte(place.Row)) {
		t.Error("the box holds plain text")
	}
}

// A box that was moved, cut, changed or sealed under another key does not open.
func TestCodec_Open_refuses(t *testing.T) {
	key := dataKey(t, 1)
	c := codec(t, key)
	at := func(change func(*seal.AAD)) seal.AAD { moved := place; change(&moved); return moved }
	shifted := seal.AAD{Tenant: place.Tenant + "c", Table: "ases", Column: place.Column, Row: place.Row}
	spoil := func(i int) func([]byte) []byte {
		return func(box []byte) []byte { box[i] ^= 1; return box }
	}
	same := func(box []byte) []byte { return box }
	cases := map[string]struct {
		reason string
		codec  *seal.Codec
		aad    seal.AAD
		spoil  func([]byte) []byte
	}{
		"another tenant":    {"one town's text does not open in another's", c, at(func(a *seal.AAD) { a.Tenant = "371621102" }), same},
		"another table":     {"nor in another table", c, at(func(a *seal.AAD) { a.Table = "party" }), same},
		"another column":    {"claims cannot be passed off as facts", c, at(func(a *seal.AAD) { a.Column = "claims" }), same},
		"another row":       {"nor one case's facts as another's", c, at(func(a *seal.AAD) { a.Row = "2" }), same},
		"a letter moved":    {"names are not simply joined", c, shifted, same},
		"nothing":           {"an empty column is not a box", c, place, func([]byte) []byte { return nil }},
		"cut at the end":    {"a cut text is not a text", c, place, func(box []byte) []byte { return box[:len(box)-1] }},
		"cut to the header": {"nor is a header", c, place, func(box []byte) []byte { return box[:6] }},
		"longer":            {"nothing can be added", c, place, func(box []byte) []byte { return append(box, 0) }},
		"envelope version":  {"unknown envelopes are not guessed", c, place, spoil(0)},
		"algorithm":         {"nor algorithms", c, place, spoil(1)},
		"key version":       {"nor keys", c, place, spoil(5)},
		"nonce":             {"the nonce is part of it", c, place, spoil(6)},
		"text":              {"every bit counts", c, place, spoil(20)},
		"another key":       {"the same version of another tenant's key", codec(t, dataKey(t, 1)), place, same},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			plain, err := tc.codec.Open(tc.spoil(sealed(t, c, "三人在场,均可作证")), tc.aad)
			if !errors.Is(err, seal.ErrOpen) || plain != nil {
				t.Errorf("opened: %q %v", plain, err)
			}
		})
	}
}

func TestCodec_keysChange(t *testing.T) {
	old, fresh := dataKey(t, 1), dataKey(t, 2)
	box := sealed(t, codec(t, old), "旧")
	both := codec(t, fresh, old)
	if plain, err := both.Open(box, place); err != nil || string(plain) != "旧" {
		t.Errorf("old boxes open with the old key: %v", err)
	}
	if _, err := codec(t, old).Open(sealed(t, both, "新"), place); !errors.Is(err, seal.ErrOpen) {
		t.Error("the newest key seals, in whatever order keys were given")
	}
}

func TestNewCodec_refuses(t *testing.T) {
	key := dataKey(t, 1)
	for name, keys := range map[string][]seal.DataKey{
		"no key": nil, "one version twice": {key, key}, "version nought": {{Version: 0, Key: key.Key}},
		"a short key": {{Version: 1, Key: key.Key[:16]}}, "a huge version": {{Version: 1 << 40, Key: key.Key}},
		"an unknown hash": {{Version: 1, Key: key.Key, Index: "MD5"}}, "two hashes": {key, {Version: 2, Key: key.Key, Index: seal.SM3}},
	} {
		if _, err := seal.NewCodec(keys); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzCodec_Open(f *testing.F) {
	c := codec(f, dataKey(f, 1))
	box, err := c.Seal([]byte("事实"), place)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(box)
	f.Add([]byte{})
	f.Add(box[:seal.Overhead])
	f.Fuzz(func(t *testing.T, given []byte) {
		plain, err := c.Open(given, place)
		if err == nil && !bytes.Equal(given, box) {
			t.Fatalf("a forged box opened: %x", plain)
		}
		if err != nil && !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func kek(t testing.TB) seal.KeyEncryptionKey {
	t.Helper()
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseKeyEncryptionKey(text + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestParseKeyEncryptionKey(t *testing.T) {
	const zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	one, err := seal.ParseKeyEncryptionKey(" " + zeros + "\n")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := seal.ParseKeyEncryptionKey("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	if len(one.ID()) != 16 || one.ID() == two.ID() || strings.Contains(one.ID(), "AAAA") {
		t.Errorf("ids are fingerprints: %s %s", one.ID(), two.ID())
	}
	for reason, text := range map[string]string{
		"empty": "", "not base64": "秘密", "31 bytes": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"33 bytes": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "hex": strings.Repeat("00", 32),
		"loose last bits": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
	} {
		_, err := seal.ParseKeyEncryptionKey(text)
		if err == nil || (text != "" && strings.Contains(err.Error(), text)) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestDataKeys_textForm(t *testing.T) {
	keys := []seal.DataKey{dataKey(t, 1), dataKey(t, 2)}
	back, err := seal.ParseDataKeys(seal.FormatDataKeys(keys) + "\n")
	if err != nil || len(back) != 2 || !bytes.Equal(back[1].Key, keys[1].Key) || back[1].Version != 2 {
		t.Fatalf("%v %v", back, err)
	}
	whole := seal.FormatDataKeys(keys[:1])
	for reason, text := range map[string]string{
		"nothing": "", "no version": whole[2:], "version nought": "0" + whole[1:], "trailing comma": whole + ",",
		"short key": "1:AAAA", "not base64": "1:密钥", "word for a version": "one" + whole[1:],
	} {
		if _, err := seal.ParseDataKeys(text); err == nil || (len(text) > 8 && strings.Contains(err.Error(), text[2:])) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestDataKey_neverPrinted(t *testing.T) {
	key := dataKey(t, 7)
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		if got := fmt.Sprintf(verb, key); got != "data key 7" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if key.LogValue().String() != "data key 7" {
		t.Error("the log shows more than the version")
	}
}

func FuzzParseDataKeys(f *testing.F) {
	f.Add("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Add("1:,2:")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := seal.ParseDataKeys(text)
		if err != nil {
			return
		}
		again, err := seal.ParseDataKeys(seal.FormatDataKeys(keys))
		if err != nil || len(again) != len(keys) {
			t.Fatalf("%v", err)
		}
	})
}
