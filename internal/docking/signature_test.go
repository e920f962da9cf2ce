package docking

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// The vector that the libraries of the specification publish.
func TestSecrets_sign_publishedVector(t *testing.T) {
	secrets, err := ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	secrets.sign(header, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got := header.Get("webhook-signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s", got)
	}
	if header.Get("webhook-timestamp") != "1614265330" || header.Get("webhook-id") != "msg_p5jXN8AQM9LWM0D4loKWxJek" {
		t.Errorf("%v", header)
	}
}

// A name must not lead to where clouds keep their metadata; other addresses of the house are the installer's business.
func TestRefuseLinkLocal(t *testing.T) {
	for address, refused := range map[string]bool{
		"169.254.169.254:80": true, "[fe80::1]:80": true, "[::ffff:169.254.169.254]:80": true,
		"10.0.0.7:443": false, "127.0.0.1:80": false, "203.0.113.9:443": false, "[2001:db8::1]:443": false,
	} {
		if err := refuseLinkLocal("tcp", address, nil); errors.Is(err, errLinkLocal) != refused {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := refuseLinkLocal("tcp", "no address", nil); err == nil {
		t.Error("what is no address passed")
	}
	if !netip.MustParseAddr("169.254.0.1").IsLinkLocalUnicast() {
		t.Error("the standard library has changed its mind")
	}
}
