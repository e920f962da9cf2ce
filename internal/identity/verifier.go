package identity

import (
	"context"
	"encoding/json"
	"errors"
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
	// Issuer is the OpenID Connect issuer, compared with the claim iss byte for byte.
	Issuer string
	// Audience must be one of the token's aud.
	Audience string
	// JWKS is a JSON Web Key Set (RFC 7517) given by configuration. When it is set nothing is ever fetched.
	JWKS string
	// AllowDevelopmentKeys accepts keys whose kid begins with DevelopmentPrefix. Never set it in production.
	AllowDevelopmentKeys bool
	// Client fetches discovery documents and keys; nil means one with a 10 s timeout.
	Client *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Verifier checks bearer tokens: signature by a pinned algorithm and a known key, issuer, audience, times and type.
// Verified tokens are remembered for a short while, because a signature costs more than a read.
// It is safe for concurrent use.
type Verifier struct {
	issuer, audience string
	keys             *keySet
	cache            *tokenCache
	now              func() time.Time
}

// New builds a verifier. It does not contact the issuer: an issuer that is down at start must not keep the API down.
// It fails for a configuration that can never verify a token.
func New(cfg Config) (*Verifier, error) {
	if cfg.Issuer == "" {
		return nil, errors.New("no token issuer: set TIAOJIE_ISSUER to the issuer URL of your identity provider")
	}
	if cfg.Audience == "" {
		return nil, errors.New("no token audience: set TIAOJIE_AUDIENCE to the audience that your tokens carry")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	keys, err := newKeySet(cfg)
	if err != nil {
		return nil, err
	}
	return &Verifier{issuer: cfg.Issuer, audience: cfg.Audience, keys: keys, cache: newTokenCache(), now: cfg.Now}, nil
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
	parsed, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil || len(parsed.Signatures) != 1 {
		return mediation.Principal{}, errNotJWT()
	}
	if err := checkType(parsed.Signatures[0].Protected); err != nil {
		return mediation.Principal{}, err
	}
	payload, err := v.keys.verify(ctx, parsed)
	if err != nil {
		return mediation.Principal{}, err
	}
	claims, err := readClaims(payload)
	if err != nil {
		return mediation.Principal{}, err
	}
	if err := claims.check(v.issuer, v.audience, now); err != nil {
		return mediation.Principal{}, err
	}
	who := claims.principal()
	v.cache.keep(token, who, now, claims.expiry())
	return who, nil
}

// checkType looks at the header's typ (RFC 8725 §3.11): an access token (RFC 9068) or a plain JWT is taken, a logout
// token, a DPoP proof or anything else that the same issuer may sign for another purpose is not.
func checkType(header jose.Header) error {
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	switch strings.TrimPrefix(strings.ToLower(kind), "application/") {
	case "", "jwt", "at+jwt":
		return nil
	}
	return refuse("token-type", "The token is not an access token: its header typ must be JWT or at+jwt.",
		"令牌不是访问令牌：头部 typ 须为 JWT 或 at+jwt。")
}

// claims are the few claims that matter here.
type claims struct {
	Issuer            string    `json:"iss"`
	Subject           string    `json:"sub"`
	Audience          audiences `json:"aud"`
	Name              string    `json:"name"`
	PreferredUsername string    `json:"preferred_username"`
	Expires           *float64  `json:"exp"`
	NotBefore         *float64  `json:"nbf"`
	IssuedAt          *float64  `json:"iat"`
}

// audiences is one audience or a list of them (RFC 7519 §4.1.3).
type audiences []string

// UnmarshalJSON reads both forms.
func (a *audiences) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audiences{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

func readClaims(payload []byte) (claims, error) {
	var read claims
	if err := json.Unmarshal(payload, &read); err != nil {
		return claims{}, refuse("token-malformed", "The token's claims have the wrong types.", "令牌声明的类型有误。")
	}
	return read, nil
}

func (c claims) check(issuer, audience string, now time.Time) error {
	switch {
	case c.Issuer != issuer:
		return refuse("token-issuer", "The token comes from an issuer that is not accepted here.", "不接受该签发方的令牌。")
	case !slices.Contains(c.Audience, audience):
		return refuse("token-audience", "The token is meant for another audience.", "令牌的受众（aud）不是本系统。")
	case c.Subject == "" || len(c.Subject) > maxSubjectBytes || strings.ContainsRune(c.Subject, 0):
		return refuse("token-invalid", "The token names no usable subject (sub).", "令牌没有可用的主体（sub）。")
	}
	return c.checkTimes(now)
}

func (c claims) checkTimes(now time.Time) error {
	if c.Expires == nil {
		return refuse("token-invalid", "The token has no expiry (exp).", "令牌没有有效期（exp）。")
	}
	if now.After(instant(*c.Expires).Add(skew)) {
		return refuse("token-expired", "The token has expired: fetch a new one.", "令牌已过期，请重新获取。")
	}
	for _, begin := range []*float64{c.NotBefore, c.IssuedAt} {
		if begin != nil && now.Add(skew).Before(instant(*begin)) {
			return refuse("token-not-yet-valid", "The token is not valid yet: check the clocks of client and issuer.",
				"令牌尚未生效，请检查客户端和签发方的时钟。")
		}
	}
	return nil
}

func (c claims) expiry() time.Time { return instant(*c.Expires) }

func (c claims) principal() mediation.Principal {
	name := c.Name
	if name == "" {
		name = c.PreferredUsername
	}
	return mediation.Principal{Issuer: c.Issuer, Subject: c.Subject, Name: shorten(name, maxNameBytes)}
}

// instant reads a NumericDate (RFC 7519 §2): seconds, possibly with a fraction.
func instant(seconds float64) time.Time {
	const farthest = 1 << 40 // beyond this a float cannot be a date that anyone meant
	if seconds > farthest {
		seconds = farthest
	}
	if seconds < -farthest {
		seconds = -farthest
	}
	return time.UnixMilli(int64(seconds * 1000))
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
