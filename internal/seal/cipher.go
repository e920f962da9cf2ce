package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"github.com/emmansun/gmsm/sm4"
)

// Cipher names how values are sealed from now on. Every box says by which it was sealed, so both always open.
type Cipher string

// The ciphers: NIST SP 800-38D over AES-256, and over SM4 (GB/T 32907-2016, RFC 8998). SM4 takes 16 bytes, which are derived
// from a key's 32 with HKDF over SM3.
const (
	AES256GCM Cipher = "AES-256-GCM"
	SM4GCM    Cipher = "SM4-GCM"
)

// ParseCipher reads a cipher's name; "" means AES-256-GCM.
func ParseCipher(name string) (Cipher, error) {
	_, err := Cipher(name).algorithm()
	return Cipher(name), err
}

// algorithm is the cipher's number in an envelope.
func (c Cipher) algorithm() (byte, error) {
	switch c {
	case "", AES256GCM:
		return algorithmAES256, nil
	case SM4GCM:
		return algorithmSM4, nil
	}
	return 0, fmt.Errorf("seal: the cipher %q is not known: give AES-256-GCM or SM4-GCM", string(c))
}

// newAEADs makes every cipher of a key of 32 bytes.
func newAEADs(key []byte) (*aeads, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	made := &aeads{}
	if made[algorithmAES256], err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	made[algorithmSM4], err = sm4GCM(key)
	return made, err
}

func sm4GCM(key []byte) (cipher.AEAD, error) {
	short, err := derive(SM3, key, sm4Use)
	if err != nil {
		return nil, err
	}
	block, err := sm4.NewCipher(short[:sm4.BlockSize])
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return gcm, nil
}

// fresh is a header with a random nonce behind it and room for a sealed text of this plain length.
func fresh(header []byte, plain int) ([]byte, error) {
	box := make([]byte, len(header)+nonceSize, len(header)+nonceSize+plain+tagSize)
	copy(box, header)
	if _, err := rand.Read(box[len(header):]); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return box, nil
}
