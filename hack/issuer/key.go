package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"

	jose "github.com/go-jose/go-jose/v4"
)

// signingKey is one key of the issuer; its public half is published.
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func newSigningKey(number int) (signingKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return signingKey{id: fmt.Sprintf("key-%d", number), private: private}, err
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) Key() any                                    { return k.private }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }

// publishedKey is what the key set shows of it.
type publishedKey struct{ signingKey }

func (k publishedKey) Key() any                           { return &k.private.PublicKey }
func (k publishedKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publishedKey) Use() string                        { return "sig" }
