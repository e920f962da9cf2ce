package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	jose "github.com/go-jose/go-jose/v4"
)

// Issuer is one OpenID Connect issuer whose tokens are believed. Its JSON is an element of TIAOJIE_ISSUERS.
type Issuer struct {
	// Issuer is compared with the claim iss byte for byte.
	Issuer string `json:"issuer"`
	// Audience must be one of the token's aud.
	Audience string `json:"audience"`
	// Algorithms are the signature algorithms that count: some of ES256, EdDSA, PS256, RS256. None means all four.
	Algorithms []string `json:"algorithms,omitempty"`
	// JWKS is a JSON Web Key Set (RFC 7517), as an object or as its text. With it nothing is ever fetched.
	JWKS json.RawMessage `json:"jwks,omitempty"`
	// JWKSFile is a file with the key set, read again when it is 15 minutes old or a key is unknown. With it nothing is
	// ever fetched.
	JWKSFile string `json:"jwksFile,omitempty"`
	// SecondFactor says which claims of this issuer tell of a second factor.
	SecondFactor SecondFactor `json:"secondFactor,omitzero"`
	// Services has every token of this issuer speak of a program. Without it, a token does whose client_id or azp is its
	// sub, as RFC 9068 §5 has it for client credentials, or which carries ServiceClaim.
	Services bool `json:"services,omitempty"`
	// ServiceClaim is a claim that only programs' tokens of this issuer carry; "" means none.
	ServiceClaim string `json:"serviceClaim,omitempty"`
}

// SecondFactor says which claims tell that more than a password was asked for. With neither, amr "mfa" does (RFC 8176).
type SecondFactor struct {
	ACR []string `json:"acr,omitempty"` // any of these as acr
	AMR []string `json:"amr,omitempty"` // any of these among amr
}

const multipleFactors = "mfa"

// believed is an issuer with its keys.
type believed struct {
	Issuer
	algorithms []jose.SignatureAlgorithm
	keys       *keySet
}

// ParseIssuers reads TIAOJIE_ISSUERS: a JSON array of issuers, or nothing.
func ParseIssuers(text string) ([]Issuer, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var issuers []Issuer
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&issuers); err != nil {
		return nil, fmt.Errorf("TIAOJIE_ISSUERS must be a JSON array of issuers: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("TIAOJIE_ISSUERS must be one JSON array and nothing behind it")
	}
	return issuers, nil
}

// believe checks an issuer and makes its key set. It does not contact the issuer.
func (c Config) believe(issuer Issuer) (*believed, error) {
	algorithms, err := issuer.pinned()
	if err != nil {
		return nil, err
	}
	if len(issuer.SecondFactor.ACR) == 0 && len(issuer.SecondFactor.AMR) == 0 {
		issuer.SecondFactor.AMR = []string{multipleFactors}
	}
	keys, err := newKeySet(c, issuer)
	if err != nil {
		return nil, err
	}
	return &believed{Issuer: issuer, algorithms: algorithms, keys: keys}, nil
}

func (i Issuer) pinned() ([]jose.SignatureAlgorithm, error) {
	if len(i.Algorithms) == 0 {
		return algorithms(), nil
	}
	var pinned []jose.SignatureAlgorithm
	for _, name := range i.Algorithms {
		if !slices.Contains(algorithms(), jose.SignatureAlgorithm(name)) {
			return nil, fmt.Errorf("issuer %s: the algorithm %q is not accepted; choose from ES256, EdDSA, PS256, RS256", i.Issuer, name)
		}
		pinned = append(pinned, jose.SignatureAlgorithm(name))
	}
	return pinned, nil
}

// keySetText is the configured key set: as it stands, or out of a JSON string.
func (i Issuer) keySetText() []byte {
	var text string
	if json.Unmarshal(i.JWKS, &text) == nil {
		return []byte(text)
	}
	return bytes.TrimSpace(i.JWKS)
}

// stepUp is what a challenge asks for (RFC 9470 §3): the acr values that would count.
func (i Issuer) stepUp() string { return strings.Join(i.SecondFactor.ACR, " ") }

// issuers are all that the configuration names, the single one first.
func (c Config) issuers() ([]Issuer, error) {
	all := slices.Clone(c.More)
	if c.Issuer != "" || len(all) == 0 {
		first := Issuer{Issuer: c.Issuer, Audience: c.Audience, JWKSFile: c.JWKSFile, SecondFactor: c.SecondFactor}
		if c.JWKS != "" {
			first.JWKS = json.RawMessage(c.JWKS)
		}
		all = append([]Issuer{first}, all...)
	}
	for i, issuer := range all {
		switch {
		case issuer.Issuer == "":
			return nil, errors.New("no token issuer: set TIAOJIE_ISSUER to the issuer URL of your identity provider")
		case issuer.Audience == "":
			return nil, fmt.Errorf("no token audience for issuer %s: set TIAOJIE_AUDIENCE to the audience that your tokens carry", issuer.Issuer)
		case len(issuer.JWKS) > 0 && issuer.JWKSFile != "":
			return nil, fmt.Errorf("issuer %s has a key set and a file with one: give one of them", issuer.Issuer)
		case slices.ContainsFunc(all[:i], func(other Issuer) bool { return other.Issuer == issuer.Issuer }):
			return nil, fmt.Errorf("issuer %s is named twice: which audience and which keys count?", issuer.Issuer)
		}
	}
	return all, nil
}

// readKeyFile bounds what is read: a path may name anything.
func readKeyFile(name string) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // the administrator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxKeySetBytes))
}
