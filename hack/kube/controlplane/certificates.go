package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs every certificate of one run and is forgotten with it.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

// pair is a certificate with its key, PEM.
type pair struct{ certificate, key []byte }

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "tiaojie-kube"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key, pem: encode("CERTIFICATE", der)}, nil
}

// server signs a serving certificate for the names and addresses.
func (a *authority) server(name string, ips []string, dns ...string) (pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    dns,
	}
	for _, ip := range ips {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(ip))
	}
	return a.sign(template)
}

// client signs a certificate that kube-apiserver reads as user and group.
func (a *authority) client(user, group string) (pair, error) {
	return a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: []string{group}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func (a *authority) sign(template *x509.Certificate) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return pair{}, err
	}
	template.SerialNumber = serial
	template.NotBefore = a.certificate.NotBefore
	template.NotAfter = a.certificate.NotAfter
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return pair{}, err
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return pair{}, err
	}
	return pair{certificate: encode("CERTIFICATE", der), key: keyPEM}, nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encode("EC PRIVATE KEY", der), nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// certificates are all keys of one run.
type certificates struct {
	authority                             *authority
	server, admin, kubelet, kubeletClient pair
	serviceAccountKey                     []byte
}

func newCertificates(nodeIP string) (*certificates, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	c := &certificates{authority: ca}
	ips := []string{nodeIP, "127.0.0.1", serviceIP}
	signings := []struct {
		into *pair
		sign func() (pair, error)
	}{
		{&c.server, func() (pair, error) {
			return ca.server("kube-apiserver", ips, "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
		}},
		{&c.kubelet, func() (pair, error) { return ca.server("embedded", ips, "embedded") }},
		{&c.admin, func() (pair, error) { return ca.client("admin", "system:masters") }},
		{&c.kubeletClient, func() (pair, error) { return ca.client("kube-apiserver", "kube-apiserver") }},
	}
	for _, signing := range signings {
		if *signing.into, err = signing.sign(); err != nil {
			return nil, fmt.Errorf("sign a certificate: %w", err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c.serviceAccountKey, err = encodeKey(key)
	return c, err
}

// write puts what kube-apiserver reads into dir, readable by the owner alone.
func (c *certificates) write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	files := map[string][]byte{
		"ca.crt":             c.authority.pem,
		"server.crt":         c.server.certificate,
		"server.key":         c.server.key,
		"kubelet-client.crt": c.kubeletClient.certificate,
		"kubelet-client.key": c.kubeletClient.key,
		"sa.key":             c.serviceAccountKey,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
