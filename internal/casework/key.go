package casework

import "tiaojie.dev/tiaojie/internal/seal"

// KeyStore knows the tenant's keys.
type KeyStore interface {
	// NewFileKey makes a key for one file, for the cipher that this tenant seals with; Gone "shredded" when its keys were
	// destroyed.
	NewFileKey() (seal.FileKey, error)
	// Shredded tells whether the tenant's keys were destroyed: lists are left, without words, and nothing can be added.
	Shredded() bool
}

// Shredded tells whether the tenant's keys were destroyed.
func (s *Service) Shredded() bool { return s.store.Shredded() }
