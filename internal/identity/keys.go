package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const (
	// refetchAfter is the shortest time between two fetches of the issuer's keys. Without it a stream of tokens with
	// made-up key ids would become a stream of requests to the issuer.
	refetchAfter = 30 * time.Second
	// freshFor is how long fetched keys are used before they are fetched again; a key withdrawn by the issuer is
	// refused after at most this time while the issuer answers.
	freshFor = 15 * time.Minute
	// maxKeySetBytes bounds a key set document.
	maxKeySetBytes = 1 << 20
	// fetchWithin is the longest that a token with an unknown key waits for the issuer.
	fetchWithin = 5 * time.Second
)

// keySet holds the public keys of one issuer, from configuration, from a file or by discovery.
// Keys that were once fetched stay in use when the issuer is unreachable, so its outage is not ours.
type keySet struct {
	fetch            func(ctx context.Context) ([]byte, error) // the key set's text; nil: the keys never change
	allowDevelopment bool
	now              func() time.Time

	fetching sync.Mutex // held during a fetch, never while mu is held

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // last success
	tried   time.Time // last attempt
	failure error     // of the last attempt

	done, failed int // fetches
}

func newKeySet(cfg Config, issuer Issuer) (*keySet, error) {
	set := &keySet{allowDevelopment: cfg.AllowDevelopmentKeys, now: cfg.Now}
	switch {
	case issuer.JWKSFile != "":
		set.fetch = func(context.Context) ([]byte, error) { return readKeyFile(issuer.JWKSFile) }
		text, err := readKeyFile(issuer.JWKSFile)
		if err != nil {
			return nil, fmt.Errorf("the key set of %s cannot be read: %w", issuer.Issuer, err)
		}
		return set, set.load(text, "the key set "+issuer.JWKSFile)
	case len(issuer.JWKS) > 0:
		return set, set.load(issuer.keySetText(), "TIAOJIE_JWKS, the key set of "+issuer.Issuer+",")
	}
	set.fetch = discovery{issuer: issuer.Issuer, client: cfg.Client}.fetch
	return set, nil
}

// load takes the keys that were given at the start, and refuses what can only be a mistake.
func (s *keySet) load(text []byte, name string) error {
	keys, err := parseKeySet(text)
	if err != nil {
		return fmt.Errorf("%s cannot be used: %w", name, err)
	}
	for _, key := range keys {
		if isDevelopment(key.KeyID) && !s.allowDevelopment {
			return fmt.Errorf("%s holds the development key %q; anyone with the file can make tokens: "+
				"use the keys of your identity provider, or set TIAOJIE_ALLOW_DEVELOPMENT_KEYS=true on a test site", name, key.KeyID)
		}
	}
	s.keys, s.fetched = keys, s.now()
	return nil
}

// parseKeySet reads a JSON Web Key Set and keeps its public signature keys. Private or symmetric keys are an error:
// their presence means that a secret has been published.
func parseKeySet(text []byte) ([]jose.JSONWebKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("it is not a JSON Web Key Set ({\"keys\":[…]})")
	}
	var keys []jose.JSONWebKey
	for _, key := range set.Keys {
		if !key.IsPublic() {
			return nil, errors.New("it holds a private or symmetric key; give public keys only and change that key")
		}
		if key.Use == "" || key.Use == "sig" {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it holds no key for signatures")
	}
	return keys, nil
}

func isDevelopment(keyID string) bool { return strings.HasPrefix(keyID, DevelopmentPrefix) }

// verify returns the payload when one of the known keys made the signature.
func (s *keySet) verify(ctx context.Context, parsed *jose.JSONWebSignature) ([]byte, error) {
	header := parsed.Signatures[0].Protected
	if isDevelopment(header.KeyID) && !s.allowDevelopment {
		return nil, errSignature()
	}
	keys, err := s.candidates(ctx, header)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if payload, err := parsed.Verify(&key); err == nil {
			return payload, nil
		}
	}
	return nil, errSignature()
}

func errSignature() error {
	return refuse("token-signature", "The token's signature does not fit any key of its issuer.",
		"令牌签名与签发方的密钥不符。")
}

// candidates are the keys that could have made this signature. Keys past their freshness are fetched again in the
// background; when none fits, the caller waits for one fetch, if one is due.
func (s *keySet) candidates(ctx context.Context, header jose.Header) ([]jose.JSONWebKey, error) {
	found, due := s.known(header)
	switch {
	case !due:
		return s.usable(found)
	case len(found) > 0:
		go s.refresh(context.WithoutCancel(ctx), header)
		return found, nil
	}
	s.refresh(context.WithoutCancel(ctx), header)
	found, _ = s.known(header)
	return s.usable(found)
}

// known looks the header up among the keys at hand and says whether a fetch is wanted and allowed now.
func (s *keySet) known(header jose.Header) (found []jose.JSONWebKey, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found = matching(s.keys, header)
	if s.fetch == nil {
		return found, false
	}
	now := s.now()
	wanted := len(found) == 0 || now.Sub(s.fetched) > freshFor
	return found, wanted && now.Sub(s.tried) >= refetchAfter
}

// refresh fetches the keys unless somebody else just did; callers that arrive meanwhile wait for the one fetch.
func (s *keySet) refresh(ctx context.Context, header jose.Header) {
	s.fetching.Lock()
	defer s.fetching.Unlock()
	if _, due := s.known(header); !due {
		return
	}
	text, err := s.fetch(ctx)
	var keys []jose.JSONWebKey
	if err == nil {
		keys, err = parseKeySet(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(ctx, err)
	if err == nil {
		s.keys, s.fetched = keys, s.tried
	}
}

// note remembers how a fetch went, and says it once when that changes.
func (s *keySet) note(ctx context.Context, failure error) {
	switch {
	case failure != nil && s.failure == nil:
		slog.WarnContext(ctx, "the keys of an issuer cannot be fetched; those at hand stay in use", "fetched", s.fetched, "error", failure)
	case failure == nil && s.failure != nil:
		slog.InfoContext(ctx, "the keys of an issuer are fetched again")
	}
	if failure != nil {
		s.failed++
	} else {
		s.done++
	}
	s.tried, s.failure = s.now(), failure
}

// usable answers with Unavailable when no key fits only because the issuer could not be asked.
func (s *keySet) usable(found []jose.JSONWebKey) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(found) == 0 && s.failure != nil {
		return nil, mediation.Fail(mediation.Unavailable, "issuer",
			"The identity provider cannot be reached, so the token cannot be checked. Try again later.",
			"无法连接身份提供方，暂时不能校验令牌，请稍后再试。").WithRetryAfter(refetchAfter).WithCause(s.failure)
	}
	return found, nil
}

func matching(keys []jose.JSONWebKey, header jose.Header) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID {
			continue
		}
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		found = append(found, key)
	}
	return found
}

// discovery fetches the keys of an issuer that says itself where they are.
type discovery struct {
	issuer string
	client *http.Client
}

// fetch discovers the issuer (OpenID Connect Discovery 1.0 §4) and reads its keys.
func (d discovery) fetch(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, d.client), d.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover %s: %w", d.issuer, err)
	}
	var document struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, fmt.Errorf("discover %s: %w", d.issuer, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, document.KeysURL, nil)
	if err != nil {
		return nil, fmt.Errorf("key set address of %s: %w", d.issuer, err)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch keys of %s: %w", d.issuer, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetBytes))
	if err != nil {
		return nil, fmt.Errorf("fetch keys of %s: %w", d.issuer, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch keys of %s: status %d", d.issuer, response.StatusCode)
	}
	return text, nil
}
