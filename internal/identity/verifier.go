package identity

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// maxTokenBytes is the longest token that is looked at. Tokens of real issuers are 1–3 KiB.
	maxTokenBytes = 8 << 10
	// skew is how far the issuer's clock may differ from ours, for exp, nbf and iat.
	skew = 60 * time.Second
	// maxNameBytes bounds the display name kept from a token.
	maxNameBytes = 200
	// maxSubjectBytes is the limit that OpenID Connect Core §2 sets for sub.
	maxSubjectBytes = 255
)

// Config says which tokens are believed.
type Config struct {
	// Issuer, Audience, JWKS, JWKSFile and SecondFactor describe one issuer, as the fields of the type Issuer do.
	Issuer       string
	Audience     string
	JWKS         string
	JWKSFile     string
	SecondFactor SecondFactor
	// More are further issuers: one of partners, say, beside that of the staff.
	More []Issuer
	// AllowDevelopmentKeys accepts keys whose kid begins with DevelopmentPrefix. Never set it in production.
	AllowDevelopmentKeys bool
	// Client fetches discovery documents and keys; nil means one with a 10 s timeout.
	Client *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Verifier checks bearer tokens: signature by a pinned algorithm and a key of the issuer that the token names, audience,
// times and type. Verified tokens are remembered for a short while, because a signature costs more than a read.
// It is safe for concurrent use.
type Verifier struct {
	issuers map[string]*believed // by iss
	cache   *tokenCache
	now     func() time.Time
}

// New builds a verifier. It contacts no issuer: one that is down at start must not keep the API down.
// It fails for a configuration that can never verify a token.
func New(cfg Config) (*Verifier, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	issuers, err := cfg.issuers()
	if err != nil {
		return nil, err
	}
	v := &Verifier{issuers: map[string]*believed{}, cache: newTokenCache(), now: cfg.Now}
	for _, issuer := range issuers {
		if v.issuers[issuer.Issuer], err = cfg.believe(issuer); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Verify returns whom the token speaks of. It fails with Unauthenticated and one of the codes token-too-large,
// token-malformed, token-type, token-signature, token-issuer, token-audience, token-expired, token-not-yet-valid,
// token-invalid; or with Unavailable "issuer" when the issuer's keys cannot be had.
func (v *Verifier) Verify(ctx context.Context, token string) (mediation.Principal, error) {
	if len(token) > maxTokenBytes {
		return mediation.Principal{}, refuse("token-too-large", "The token is larger than 8 KiB.", "令牌超过 8 KiB。")
	}
	now := v.now()
	if who, ok := v.cache.find(token, now); ok {
		return who, nil
	}
	read, from, err := v.read(ctx, token)
	if err != nil {
		return mediation.Principal{}, err
	}
	if err := read.check(from, now); err != nil {
		return mediation.Principal{}, err
	}
	who := read.principal(from)
	v.cache.keep(token, who, now, read.expiry())
	return who, nil
}

// read checks type and signature with the keys of the issuer that the token names, and no other's.
func (v *Verifier) read(ctx context.Context, token string) (claims, Issuer, error) {
	parsed, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil || len(parsed.Signatures) != 1 {
		return claims{}, Issuer{}, errNotJWT()
	}
	header := parsed.Signatures[0].Protected
	if err := checkType(header); err != nil {
		return claims{}, Issuer{}, err
	}
	from, known := v.issuers[unverifiedIssuer(parsed.UnsafePayloadWithoutVerification())]
	if !known {
		return claims{}, Issuer{}, errIssuer()
	}
	if !slices.Contains(from.algorithms, jose.SignatureAlgorithm(header.Algorithm)) {
		return claims{}, Issuer{}, errSignature()
	}
	payload, err := from.keys.verify(ctx, parsed)
	if err != nil {
		return claims{}, Issuer{}, err
	}
	read, err := readClaims(payload, from.Issuer)
	return read, from.Issuer, err
}

// checkType looks at the header's typ (RFC 8725 §3.11): an access token (RFC 9068) or a plain JWT is taken, a logout
// token, a DPoP proof or anything else that the same issuer may sign for another purpose is not.
func checkType(header jose.Header) error {
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	switch strings.TrimPrefix(strings.ToLower(kind), "application/") {
	case "", "jwt", "at+jwt":
		return nil
	}
	return errTokenType()
}

func errTokenType() error {
	return refuse("token-type", "The token is not an access token: its header typ must be JWT or at+jwt, and it must be no ID token.",
		"令牌不是访问令牌：头部 typ 须为 JWT 或 at+jwt，且不能是身份令牌（ID token）。")
}

// shorten cuts text to at most limit bytes without splitting a character, and drops control characters.
func shorten(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	for i := range text {
		if i > limit {
			return text[:previousRune(text, limit)]
		}
	}
	if len(text) > limit {
		return text[:previousRune(text, limit)]
	}
	return text
}

func previousRune(text string, limit int) int {
	for limit > 0 && text[limit]&0xC0 == 0x80 {
		limit--
	}
	return limit
}

func errNotJWT() error {
	return refuse("token-malformed", "The bearer token is not a JWT signed with ES256, EdDSA, PS256 or RS256.",
		"令牌不是以 ES256、EdDSA、PS256 或 RS256 签名的 JWT。")
}

func refuse(code, en, zh string) error {
	return mediation.Fail(mediation.Unauthenticated, code, en, zh)
}

// algorithms is the pinned list. RSA with PKCS #1 v1.5 below SHA-256, HMAC and "none" are absent on purpose.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.PS256, jose.RS256}
}
