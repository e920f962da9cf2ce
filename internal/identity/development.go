package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// DevelopmentPrefix begins the kid of every key made here. An API refuses such keys unless it is told otherwise, so a
// key file of a demo can never open a production site by accident.
const DevelopmentPrefix = "development-"

// Grant is what a development token shall say.
type Grant struct {
	Issuer, Audience, Subject, Name string
	IssuedAt                        time.Time
	Lifetime                        time.Duration
	OneFactor                       bool // the person gave a password only; without it the token's amr says mfa
	Service                         bool // the token speaks of a program: its client_id is its subject
}

// NewDevelopmentKey makes a private ES256 key as a JSON Web Key (RFC 7517) with a kid of its own.
func NewDevelopmentKey() ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return nil, fmt.Errorf("make a key id: %w", err)
	}
	key := jose.JSONWebKey{
		Key: private, KeyID: DevelopmentPrefix + hex.EncodeToString(id), Algorithm: string(jose.ES256), Use: "sig",
	}
	return json.Marshal(key)
}

// PublicKeySet returns the JSON Web Key Set that verifies the tokens of a development key.
func PublicKeySet(privateKey []byte) ([]byte, error) {
	key, err := developmentKey(privateKey)
	if err != nil {
		return nil, err
	}
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
}

// Mint signs a token. It refuses a key that was not made by NewDevelopmentKey.
func Mint(privateKey []byte, grant Grant) (string, error) {
	key, err := developmentKey(privateKey)
	if err != nil {
		return "", err
	}
	for name, value := range map[string]string{
		"issuer": grant.Issuer, "audience": grant.Audience, "subject": grant.Subject,
	} {
		if strings.TrimSpace(value) == "" {
			return "", fmt.Errorf("a token needs an %s", name)
		}
	}
	if grant.Lifetime <= 0 {
		return "", errors.New("a token needs a lifetime above zero")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", key.KeyID, err)
	}
	payload, err := json.Marshal(grant.claims())
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", key.KeyID, err)
	}
	return signed.CompactSerialize()
}

func (g Grant) claims() map[string]any {
	claims := map[string]any{
		"iss": g.Issuer, "aud": g.Audience, "sub": g.Subject, "name": g.Name,
		"iat": g.IssuedAt.Unix(), "nbf": g.IssuedAt.Unix(), "exp": g.IssuedAt.Add(g.Lifetime).Unix(),
	}
	switch {
	case g.Service:
		claims["client_id"] = g.Subject
	case !g.OneFactor:
		claims["amr"] = []string{"pwd", multipleFactors}
	}
	return claims
}

func developmentKey(text []byte) (jose.JSONWebKey, error) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		return key, errors.New("this is not a private JSON Web Key; make one with: tiaojie token new-key --out FILE")
	}
	if !isDevelopment(key.KeyID) {
		return key, fmt.Errorf("the key's kid does not begin with %q: tokens are made with development keys only; "+
			"make one with: tiaojie token new-key --out FILE", DevelopmentPrefix)
	}
	if _, ok := key.Key.(*ecdsa.PrivateKey); !ok {
		return key, errors.New("the key is not a private ES256 key; make one with: tiaojie token new-key --out FILE")
	}
	return key, nil
}
