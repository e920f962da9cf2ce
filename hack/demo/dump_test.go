package main

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	const name = "端木槐序"
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(name)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ reason, text, want string }{
		"Plain":     {"a name in the clear", "… " + name + " …", "UTF-8"},
		"GB18030":   {"a name as office software writes it", "x" + chinese, "GB18030"},
		"Hex":       {"a bytea column as a dump shows it", `\x00` + hex.EncodeToString([]byte(name)), "UTF-8 in hex"},
		"UpperHex":  {"digits in capitals", strings.ToUpper(hex.EncodeToString([]byte(chinese))), "GB18030 in hex"},
		"Base64":    {"at the beginning of an encoded text", base64.StdEncoding.EncodeToString([]byte(name)), "UTF-8 in base64"},
		"Base64+1":  {"one byte in", base64.StdEncoding.EncodeToString([]byte("a" + name + "z")), "UTF-8 in base64"},
		"Base64+2":  {"two bytes in", base64.StdEncoding.EncodeToString([]byte("ab" + name)), "UTF-8 in base64"},
		"GBBase64":  {"both encodings", base64.StdEncoding.EncodeToString([]byte("ab" + chinese)), "GB18030 in base64"},
		"Absent":    {"somebody else's name", "纳兰星䶮 " + base64.StdEncoding.EncodeToString([]byte("纳兰星䶮")), ""},
		"Truncated": {"a part is not the name", "端木槐", ""},
	}
	for title, tc := range cases {
		t.Run(title, func(t *testing.T) {
			found, err := find([]byte(tc.text), name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(found, ",") != tc.want {
				t.Errorf("%s: found %v, want %q", tc.reason, found, tc.want)
			}
		})
	}
}

func TestFindInAnySurroundings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "before")
		after := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "after")
		secret := rapid.SampledFrom(secrets()).Draw(t, "secret")
		inside := append(append(slices.Clone(before), secret...), after...)
		found, err := find([]byte(base64.StdEncoding.EncodeToString(inside)), secret)
		if err != nil || !slices.Contains(found, "UTF-8 in base64") {
			t.Fatalf("%q between %x and %x: found %v, %v", secret, before, after, found, err)
		}
	})
}

func TestRefuseNamesTheLeak(t *testing.T) {
	err := refuse(map[string][]byte{"the dump": []byte("… 13905431101 …"), "the logs": nil})
	if err == nil || !strings.Contains(err.Error(), `the dump holds "13905431101" as UTF-8`) {
		t.Errorf("error %v: want the place and the value", err)
	}
	if err := refuse(map[string][]byte{"the dump": []byte(publicTag)}); err != nil {
		t.Errorf("a public value is a leak: %v", err)
	}
}

func TestSecretsAreLongEnough(t *testing.T) {
	for _, secret := range secrets() {
		all, err := forms(secret)
		if err != nil {
			t.Fatalf("%q: %v", secret, err)
		}
		for _, f := range all {
			if len(f.needle) < 4 {
				t.Errorf("%q as %s is searched as %q, which anything may hold", secret, f.name, f.needle)
			}
		}
	}
}
