package identity

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// claims are the few claims that matter here.
type claims struct {
	Issuer            string   `json:"iss"`
	Subject           string   `json:"sub"`
	Audience          oneOrAll `json:"aud"`
	Name              string   `json:"name"`
	PreferredUsername string   `json:"preferred_username"`
	Expires           *float64 `json:"exp"`
	NotBefore         *float64 `json:"nbf"`
	IssuedAt          *float64 `json:"iat"`
	ClientID          string   `json:"client_id"`
	AuthorizedParty   string   `json:"azp"`
	ContextClass      string   `json:"acr"`
	Methods           oneOrAll `json:"amr"`
	AccessTokenHash   string   `json:"at_hash"`
	CodeHash          string   `json:"c_hash"`

	others map[string]json.RawMessage // read only where the issuer's configuration names a claim
}

// oneOrAll is one text or a list of them (RFC 7519 §4.1.3); some issuers write amr so too.
type oneOrAll []string

// UnmarshalJSON reads both forms.
func (a *oneOrAll) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = oneOrAll{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

func readClaims(payload []byte, from Issuer) (claims, error) {
	var read claims
	err := json.Unmarshal(payload, &read)
	if err == nil && from.ServiceClaim != "" {
		err = json.Unmarshal(payload, &read.others)
	}
	if err != nil {
		return claims{}, refuse("token-malformed", "The token's claims have the wrong types.", "令牌声明的类型有误。")
	}
	return read, nil
}

// unverifiedIssuer reads iss of a token that nobody has checked yet, to know whose keys to check it with.
func unverifiedIssuer(payload []byte) string {
	var read struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(payload, &read) != nil {
		return ""
	}
	return read.Issuer
}

func (c claims) check(from Issuer, now time.Time) error {
	switch {
	case c.Issuer != from.Issuer:
		return errIssuer()
	case c.AccessTokenHash != "" || c.CodeHash != "":
		return errTokenType() // of an ID token (OpenID Connect Core §3.1.3.6, §3.3.2.11), whatever its audience
	case !slices.Contains(c.Audience, from.Audience):
		return refuse("token-audience", "The token is meant for another audience.", "令牌的受众（aud）不是本系统。")
	case c.Subject == "" || len(c.Subject) > maxSubjectBytes || strings.ContainsRune(c.Subject, 0):
		return refuse("token-invalid", "The token names no usable subject (sub).", "令牌没有可用的主体（sub）。")
	}
	return c.checkTimes(now)
}

func errIssuer() error {
	return refuse("token-issuer", "The token comes from an issuer that is not accepted here.", "不接受该签发方的令牌。")
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

func (c claims) principal(from Issuer) mediation.Principal {
	name := c.Name
	if name == "" {
		name = c.PreferredUsername
	}
	return mediation.Principal{
		Issuer: c.Issuer, Subject: c.Subject, Name: shorten(name, maxNameBytes),
		Service: c.service(from), SecondFactor: c.secondFactor(from), StepUp: from.stepUp(),
	}
}

// service tells a program's token from a person's.
func (c claims) service(from Issuer) bool {
	_, marked := c.others[from.ServiceClaim]
	return from.Services || marked || c.ClientID == c.Subject || c.AuthorizedParty == c.Subject
}

func (c claims) secondFactor(from Issuer) bool {
	return c.ContextClass != "" && slices.Contains(from.SecondFactor.ACR, c.ContextClass) ||
		slices.ContainsFunc(c.Methods, func(method string) bool { return slices.Contains(from.SecondFactor.AMR, method) })
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
