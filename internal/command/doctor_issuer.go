package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// checkIssuer reads what OpenID Connect Discovery 1.0 asks of an issuer: its document, which names the issuer itself,
// and a key set with a public signing key.
func checkIssuer(ctx context.Context, issuer string) checked {
	check := checked{title: words{"issuer", "身份提供方"}, remedy: words{
		"check the URL, that pods reach it, and that its certificate is trusted; an air-gapped site gives --jwks FILE",
		"请检查地址、网络连通性和证书;离线环境请使用 --jwks 文件",
	}}
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	raw, err := fetchDocument(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err == nil {
		err = json.Unmarshal(raw, &document)
	}
	if err == nil && document.Issuer != issuer {
		err = fmt.Errorf("it calls itself %q: give exactly that", document.Issuer)
	}
	if err == nil {
		raw, err = fetchDocument(ctx, document.JWKSURI)
	}
	if err == nil {
		check.seen, err = describeKeys(raw)
	}
	if err != nil {
		check.fault = same(err.Error())
	}
	return check
}

func checkJWKS(file string) checked {
	check := checked{title: words{"key set", "公钥集"}, remedy: words{
		"give the issuer's published key set (jwks_uri) as a file: {\"keys\": [...]}", "请提供身份提供方公布的公钥集(jwks_uri)文件:{\"keys\": [...]}",
	}}
	raw, err := os.ReadFile(file) //nolint:gosec // the caller's own key set
	if err == nil {
		check.seen, err = describeKeys(raw)
	}
	if err != nil {
		check.fault = same(err.Error())
	}
	return check
}

// describeKeys counts the keys that can verify a token and refuses a set with a private one.
func describeKeys(raw []byte) (words, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		return words{}, fmt.Errorf("not a key set: %w", err)
	}
	usable := 0
	for _, key := range set.Keys {
		if key.Valid() && !key.IsPublic() {
			return words{}, fmt.Errorf("key %q is private: a key set holds public keys only", key.KeyID)
		}
		if key.Valid() && key.Use != "enc" {
			usable++
		}
	}
	if usable == 0 {
		return words{}, errors.New("it holds no public signing key")
	}
	return words{fmt.Sprintf("%d signing keys", usable), fmt.Sprintf("%d 个签名公钥", usable)}, nil
}

// maxDocument bounds what an issuer may send, in bytes.
const maxDocument = 1 << 20

func fetchDocument(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxDocument))
}
