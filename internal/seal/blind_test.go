package seal_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/seal"
)

// counting is the key 00 01 02 … 1f; its vectors were computed by another program from RFC 5869 and RFC 2104.
func counting() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

const countingText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestCodec_Blind_vectors(t *testing.T) {
	c := codec(t, seal.DataKey{Version: 1, Key: counting()})
	for _, tc := range []struct{ purpose, value, want string }{
		{"party identity", "371621199001011234", "a1ddce6392808e51ff8abb537b48e77f09bdf9456326e6b9fc92c5869b575054"},
		{"party phone", "13800138000", "3448e5254d9f5a5b000db3d90b277357a055f46b8a9fcdc9759c75d022eb7985"},
		{"", "", "9a4baf6f7b764ff0b89278cf220ceeb4e5ab8f35645a0459eb4d5378f24dc361"},
	} {
		if got := hex.EncodeToString(c.Blind(tc.purpose, tc.value)); got != tc.want {
			t.Errorf("%q of %q is %s: everything stored before would be lost to look-ups", tc.purpose, tc.value, got)
		}
	}
}

func TestKeyEncryptionKey_CountyBlindKey_vector(t *testing.T) {
	k, err := seal.ParseKeyEncryptionKey(countingText)
	if err != nil {
		t.Fatal(err)
	}
	county, err := k.CountyBlindKey("371621")
	if err != nil || county.Text() != "CUC0dXtaWZfsoyhA51VisB/Z6D5QdxaL0Z2ZFn0mHdc=" {
		t.Fatalf("the county's key is not the one of before: %v", err)
	}
	const want = "57f7e90df2580b9f9611e59fc9ea8e647758efb3b4dc47fad996f36f98bcf6ac"
	if got := hex.EncodeToString(county.Blind("mediator identity", "371621199001011234")); got != want {
		t.Errorf("got %s", got)
	}
}

// A new data key does not change what is found; another tenant's key does.
func TestCodec_Blind_survivesNewKeys(t *testing.T) {
	first, second, third := dataKey(t, 1), dataKey(t, 2), dataKey(t, 3)
	before := codec(t, first).Blind("party identity", "371621199001011234")
	if after := codec(t, third, first, second).Blind("party identity", "371621199001011234"); !bytes.Equal(before, after) {
		t.Error("a new data key lost every blind index")
	}
	if other := codec(t, dataKey(t, 1)).Blind("party identity", "371621199001011234"); bytes.Equal(before, other) {
		t.Error("two tenants' indexes can be compared")
	}
}

// Equal values of one purpose give equal bytes; nothing else does, wherever purpose and value are split.
func TestCodec_Blind_tellsApart(t *testing.T) {
	c := codec(t, dataKey(t, 1))
	rapid.Check(t, func(t *rapid.T) {
		p1, v1 := rapid.String().Draw(t, "purpose"), rapid.String().Draw(t, "value")
		p2, v2 := rapid.String().Draw(t, "other purpose"), rapid.String().Draw(t, "other value")
		one, two := c.Blind(p1, v1), c.Blind(p2, v2)
		if len(one) != seal.BlindSize {
			t.Fatalf("%d bytes", len(one))
		}
		if bytes.Equal(one, two) != (p1 == p2 && v1 == v2) {
			t.Fatalf("%q %q and %q %q", p1, v1, p2, v2)
		}
	})
	if bytes.Equal(c.Blind("ab", "c"), c.Blind("a", "bc")) {
		t.Error("purpose and value are simply joined")
	}
}

func TestKeyEncryptionKey_CountyBlindKey_refuses(t *testing.T) {
	k := kek(t)
	for reason, county := range map[string]string{
		"nothing": "", "a town": "371621101", "words": "惠民县惠民", "full-width digits": "３７１６２１", "a line more": "371621\n",
	} {
		if key, err := k.CountyBlindKey(county); err == nil || !key.IsZero() {
			t.Errorf("%s: derived", reason)
		}
	}
	if _, err := (seal.KeyEncryptionKey{}).CountyBlindKey("371621"); err == nil {
		t.Error("an empty key derives")
	}
	one, _ := k.CountyBlindKey("371621")
	two, _ := k.CountyBlindKey("371622")
	other, _ := kek(t).CountyBlindKey("371621")
	if one.Text() == two.Text() || one.Text() == other.Text() {
		t.Error("two counties or two installations have one key")
	}
}

func TestBlindKey_textForm(t *testing.T) {
	key, err := kek(t).CountyBlindKey("371621")
	if err != nil {
		t.Fatal(err)
	}
	back, err := seal.ParseBlindKey(key.Text() + "\n")
	if err != nil || !bytes.Equal(back.Blind("a", "b"), key.Blind("a", "b")) {
		t.Errorf("%v", err)
	}
	for reason, text := range map[string]string{"nothing": "", "short": "AAAA", "not base64": "密钥"} {
		if _, err := seal.ParseBlindKey(text); err == nil {
			t.Errorf("%s is accepted", reason)
		}
	}
}

func TestKeys_neverPrinted(t *testing.T) {
	k, err := seal.ParseKeyEncryptionKey(countingText)
	if err != nil {
		t.Fatal(err)
	}
	county, _ := k.CountyBlindKey("371621")
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		if got := fmt.Sprintf(verb, county); got != "blind-index key" {
			t.Errorf("%s prints %q", verb, got)
		}
		if got := fmt.Sprintf(verb, k); got != "key-encryption key "+k.ID() {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if strings.Contains(county.LogValue().String()+k.LogValue().String(), county.Text()) {
		t.Error("the log shows a key")
	}
}

func TestBlindKey_zero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an index without a key is a plain digest: it must not be made")
		}
	}()
	seal.BlindKey{}.Blind("party identity", "371621199001011234")
}
