package docking

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of Standard Webhooks (standardwebhooks.com, version 1.0).
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	secretPrefix = "whsec_"
	// The specification asks for 24 to 64 bytes of randomness.
	leastSecret, mostSecret = 24, 64
)

// Secrets sign what is sent. Each signs every message, so that a receiver can change from an old one to a new one while
// both are set.
type Secrets [][]byte

// ParseSecrets reads secrets as whsec_<base64>, separated by commas or white space.
func ParseSecrets(text string) (Secrets, error) {
	var secrets Secrets
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(word, secretPrefix))
		if err != nil {
			return nil, fmt.Errorf("secret %d is not %s and base64", len(secrets)+1, secretPrefix)
		}
		if len(secret) < leastSecret || len(secret) > mostSecret {
			return nil, fmt.Errorf("secret %d has %d bytes: give %d to %d", len(secrets)+1, len(secret), leastSecret, mostSecret)
		}
		secrets = append(secrets, secret)
	}
	if len(secrets) == 0 {
		return nil, errors.New("no secret: make one with: echo whsec_$(openssl rand -base64 32)")
	}
	return secrets, nil
}

// sign puts id, moment and signatures into the header of a request.
func (s Secrets) sign(header http.Header, id string, at time.Time, body []byte) {
	moment := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(s))
	for i, secret := range s {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + moment + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	header.Set(headerID, id)
	header.Set(headerTimestamp, moment)
	header.Set(headerSignature, strings.Join(signatures, " "))
}
