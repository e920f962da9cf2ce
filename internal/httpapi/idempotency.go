package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
)

// maxKeyLength bounds an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07 leaves it to the server).
const maxKeyLength = 255

// validKey says whether the key is 1 to 255 visible ASCII characters.
func validKey(key string) bool {
	if key == "" || len(key) > maxKeyLength {
		return false
	}
	for _, b := range []byte(key) {
		if b < 0x21 || b > 0x7e {
			return false
		}
	}
	return true
}

// fingerprintOf digests what makes two requests the same: method, path, query, If-Match and the body with its members
// sorted and its spaces dropped. The numbers stay as written.
func fingerprintOf(r *http.Request, body any) (string, error) {
	digest := sha256.New()
	for _, part := range []string{
		r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(), r.Header.Get("If-Match"),
	} {
		digest.Write([]byte(part))
		digest.Write([]byte{0})
	}
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return "", err
	}
	digest.Write(canonical.Bytes())
	return hex.EncodeToString(digest.Sum(nil)), nil
}
