package seal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tiaojie.dev/tiaojie/internal/seal"
)

func newSigningKey(t testing.TB) seal.SigningKey {
	t.Helper()
	text, err := seal.NewSigningKeyText()
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseSigningKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func someCheckpoint() seal.Checkpoint {
	return seal.Checkpoint{Unit: "371621101", Size: 4711, Root: seal.SHA256.Leaf([]byte("x")), At: time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.UTC),
		Hash: seal.SHA256, Complete: true}
}

// A checkpoint comes back as it was signed, whichever hash it names.
func TestCheckpoint_comesBack(t *testing.T) {
	key := newSigningKey(t)
	for _, change := range []func(c *seal.Checkpoint){
		func(*seal.Checkpoint) {}, func(c *seal.Checkpoint) { c.Hash = seal.SM3 }, func(c *seal.Checkpoint) { c.Complete = false },
		func(c *seal.Checkpoint) { c.Size = 0 }, func(c *seal.Checkpoint) { c.Unit = "371621" },
	} {
		want := someCheckpoint()
		change(&want)
		got, err := key.Public().Open(key.Sign(want))
		if err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

// Another library reads the signed note with the public key's text.
func TestCheckpoint_isASignedNote(t *testing.T) {
	key := newSigningKey(t)
	verifier, err := note.NewVerifier(key.Public().Text())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open([]byte(key.Sign(someCheckpoint())), note.VerifierList(verifier))
	if err != nil || len(opened.Sigs) != 1 || !strings.HasPrefix(opened.Text, "tiaojie.dev/record/371621101\n4711\n") {
		t.Fatalf("%+v %v", opened, err)
	}
	if fmt.Sprintf("%08x", verifier.KeyHash()) != key.Public().ID() {
		t.Error("the key's fingerprints differ")
	}
	if root := someCheckpoint().Root; !strings.Contains(opened.Text, "\n"+tlog.Hash(root).String()+"\n") {
		t.Error("the root is not where others look for it")
	}
}

// A text with any letter changed, or signed by another key, is no checkpoint.
func TestCheckpoint_refuses(t *testing.T) {
	key := newSigningKey(t)
	text := key.Sign(someCheckpoint())
	signed := strings.Index(text, "\n\n")
	for i := range signed {
		changed := []byte(text)
		changed[i] ^= 1
		if _, err := key.Public().Open(string(changed)); !errors.Is(err, seal.ErrCheckpoint) {
			t.Fatalf("with byte %d changed it opens: %v", i, err)
		}
	}
	for reason, c := range map[string]struct {
		key  seal.PublicKey
		text string
	}{
		"another key":           {newSigningKey(t).Public(), text},
		"no key":                {seal.PublicKey{}, text},
		"no signature":          {key.Public(), text[:signed+2]},
		"nothing":               {key.Public(), ""},
		"a signature cut short": {key.Public(), text[:len(text)-9] + "\n"},
	} {
		if _, err := c.key.Open(c.text); !errors.Is(err, seal.ErrCheckpoint) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if got, err := seal.OpenWith([]seal.PublicKey{newSigningKey(t).Public(), key.Public()}, text); err != nil || got != someCheckpoint() {
		t.Errorf("one of two keys signed: %+v %v", got, err)
	}
	if _, err := seal.OpenWith(nil, text); !errors.Is(err, seal.ErrCheckpoint) {
		t.Errorf("without a key: %v", err)
	}
}

// A key's texts come back, and what is none is refused without repeating it.
func TestSigningKey_texts(t *testing.T) {
	key := newSigningKey(t)
	public, err := seal.ParsePublicKey(" " + key.Public().Text() + "\n")
	if err != nil || public.ID() != key.Public().ID() || public.Text() != key.Public().Text() {
		t.Errorf("%v %v", public, err)
	}
	for _, text := range []string{"", "x", "tiaojie-seal+00000000+AAAA", strings.Replace(key.Public().Text(), "tiaojie", "other", 1),
		strings.Replace(key.Public().Text(), key.Public().ID(), "00000000", 1)} {
		if _, err := seal.ParsePublicKey(text); err == nil {
			t.Errorf("%q is a public key", text)
		}
	}
	if _, err := seal.ParseSigningKey("c2VjcmV0"); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("a short key: %v", err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", key, key, key); strings.Count(shown, "signing key") != 3 || len(shown) > 40 {
		t.Errorf("the key shows itself: %s", shown)
	}
}

// FuzzOpen: whatever the text is, it opens only when it is what the key signed.
func FuzzOpen(f *testing.F) {
	key := newSigningKey(f)
	f.Add(key.Sign(someCheckpoint()))
	f.Add("tiaojie.dev/record/371621101\n1\n\n— tiaojie-seal AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := key.Public().Open(text)
		if err == nil && !strings.HasPrefix(text, strings.SplitAfter(key.Sign(read), "\n\n")[0]) {
			t.Errorf("%q opens as %+v", text, read)
		}
	})
}
