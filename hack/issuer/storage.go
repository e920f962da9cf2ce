package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// tokenLifetime is how long tokens live.
const tokenLifetime = time.Hour

// person is somebody who can sign in. oneTimeCode is their second factor; "" means they have none.
type person struct{ subject, name, password, oneTimeCode string }

func people() []person {
	return []person{
		{subject: "zhang", name: "张三", password: "zhang-password", oneTimeCode: "271828"},
		{subject: "li", name: "李四", password: "li-password"},
	}
}

// storage is what the provider remembers. Its methods with exported names are those of op.Storage, which says what each
// is for; what this issuer does not offer, it refuses.
type storage struct {
	audience string
	now      func() time.Time

	mu       sync.Mutex
	keys     []signingKey // the last one signs; all are published
	made     int          // keys so far, for their ids
	requests map[string]*authRequest
	codes    map[string]string // code → id of its request
}

var errNotOffered = errors.New("this issuer does not offer that")

func newStorage(audience string) *storage {
	return &storage{audience: audience, now: time.Now, requests: map[string]*authRequest{}, codes: map[string]string{}}
}

// rotate signs with a new key from now on. The keys before it stay published until withdraw.
func (s *storage) rotate() (kid string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	key, err := newSigningKey(s.made)
	if err != nil {
		return "", err
	}
	s.keys = append(s.keys, key)
	return key.id, nil
}

// withdraw publishes the signing key only.
func (s *storage) withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[len(s.keys)-1:]
}

// signIn checks a name, a password and, for those who have a second factor and give it, the code.
func (s *storage) signIn(request, name, password, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending, found := s.requests[request]
	if !found || pending.Done() {
		return errors.New("该登录请求无效或已用过 · This sign-in is unknown or used up")
	}
	at := slices.IndexFunc(people(), func(p person) bool { return p.subject == name })
	if at < 0 || subtle.ConstantTimeCompare([]byte(people()[at].password), []byte(password)) == 0 {
		return errors.New("用户名或密码有误 · Wrong name or password")
	}
	who, factors := people()[at], []string{"pwd"}
	if code != "" {
		if who.oneTimeCode != code {
			return errors.New("动态口令有误 · Wrong one-time code")
		}
		factors = append(factors, "otp", "mfa")
	}
	pending.who, pending.factors, pending.signedIn = who, factors, s.now()
	return nil
}

func (s *storage) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if asked.CodeChallenge == "" || asked.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is demanded")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request := &authRequest{id: uuid.NewString(), asked: *asked, audience: []string{s.audience}}
	s.requests[request.id] = request
	return request, nil
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if request, found := s.requests[id]; found {
		copied := *request
		return &copied, nil
	}
	return nil, errors.New("no such request")
}

func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	id := s.codes[code]
	s.mu.Unlock()
	return s.AuthRequestByID(ctx, id)
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	for code, request := range s.codes {
		if request == id {
			delete(s.codes, code)
		}
	}
	return nil
}

func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return uuid.NewString(), s.now().Add(tokenLifetime), nil
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[len(s.keys)-1], nil
}

func (*storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	published := make([]op.Key, len(s.keys))
	for i, key := range s.keys {
		published[i] = publishedKey{key}
	}
	return published, nil
}

func (*storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	switch id {
	case appID:
		return client{}, nil
	case serviceID:
		return client{service: true}, nil
	}
	return nil, errors.New("no such client")
}

func (*storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id == serviceID && subtle.ConstantTimeCompare([]byte(secret), []byte(serviceSecret)) == 1 {
		return nil
	}
	return errors.New("wrong client or secret")
}

func (s *storage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return client{service: true}, nil
}

func (s *storage) ClientCredentialsTokenRequest(_ context.Context, _ string, scopes []string) (op.TokenRequest, error) {
	return serviceRequest{audience: []string{s.audience}, scopes: scopes}, nil
}

// GetPrivateClaimsFromRequest puts into the access token what the product reads beside the registered claims.
func (*storage) GetPrivateClaimsFromRequest(_ context.Context, request op.TokenRequest, _ []string) (map[string]any, error) {
	if person, ok := request.(*authRequest); ok {
		return map[string]any{"name": person.who.name, "amr": person.factors}, nil
	}
	return nil, nil
}

// SetUserinfoFromScopes says in the ID token whom it speaks of.
func (*storage) SetUserinfoFromScopes(_ context.Context, info *oidc.UserInfo, subject, _ string, _ []string) error {
	info.Subject = subject
	return nil
}

func (*storage) Health(context.Context) error { return nil }
