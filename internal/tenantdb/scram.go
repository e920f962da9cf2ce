package tenantdb

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// scramIterations is PostgreSQL's own default (scram_iterations).
const scramIterations = 4096

var errPassword = errors.New("a password has 8 to 256 visible ASCII characters")

// scramVerifier computes what PostgreSQL keeps of a password (RFC 5803, SCRAM-SHA-256), so that the password itself
// never travels in a statement and never stands in a server log.
func scramVerifier(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	salted, err := saltedPassword(password, salt)
	if err != nil {
		return "", err
	}
	clientKey := keyed(salted, "Client Key")
	stored := sha256.Sum256(clientKey)
	serverKey := keyed(salted, "Server Key")
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramIterations, encode(salt), encode(stored[:]), encode(serverKey)), nil
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// saltedPassword refuses what SASLprep (RFC 4013) would change, so that no normalisation is needed.
func saltedPassword(password string, salt []byte) ([]byte, error) {
	if len(password) < 8 || len(password) > 256 {
		return nil, errPassword
	}
	for i := range len(password) {
		if password[i] <= ' ' || password[i] > '~' {
			return nil, errPassword
		}
	}
	return pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
}

// passwordMark is kept as the role's comment: it tells later whether the password is still the one we set. It is as
// hard to reverse as the verifier itself.
const passwordMark = "tiaojie password "

func markOf(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return markWith(password, salt)
}

func markWith(password string, salt []byte) (string, error) {
	salted, err := saltedPassword(password, salt)
	if err != nil {
		return "", err
	}
	encode := base64.StdEncoding.EncodeToString
	return passwordMark + encode(salt) + "$" + encode(keyed(salted, "Tiaojie Mark")), nil
}

func markMatches(mark, password string) bool {
	text, _, _ := strings.Cut(strings.TrimPrefix(mark, passwordMark), "$")
	salt, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(salt) != 16 {
		return false
	}
	again, err := markWith(password, salt)
	return err == nil && subtle.ConstantTimeCompare([]byte(again), []byte(mark)) == 1
}
