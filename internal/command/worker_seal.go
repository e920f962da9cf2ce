package command

import (
	"context"
	"errors"
	"fmt"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
)

// sealingFlags say how records are sealed.
type sealingFlags struct {
	SealKey    string   `env:"TIAOJIE_SEAL_KEY" placeholder:"BASE64" help:"The key that signs the checkpoints of records, an Ed25519 seed of 32 bytes. Without it records are not sealed."`
	SealFormer []string `env:"TIAOJIE_SEAL_FORMER_KEYS" placeholder:"KEY" help:"Public keys of signing keys before it, as audit key prints them."`
	SealHash   string   `env:"TIAOJIE_SEAL_HASH" default:"SHA-256" placeholder:"HASH" help:"SHA-256 or SM3, for records that begin now; a record keeps the hash that it began with."`
}

// sealing is nil without a key.
func (f sealingFlags) sealing() (*postgres.Sealing, error) {
	made := &postgres.Sealing{Hash: seal.TreeHash(f.SealHash)}
	if !made.Hash.Known() {
		return nil, fmt.Errorf("TIAOJIE_SEAL_HASH is %q: give SHA-256 or SM3", f.SealHash)
	}
	if f.SealKey == "" {
		return nil, nil //nolint:nilnil // no sealing is what was asked for
	}
	var err error
	if made.Key, err = seal.ParseSigningKey(f.SealKey); err != nil {
		return nil, fmt.Errorf("TIAOJIE_SEAL_KEY: %w", err)
	}
	for _, text := range f.SealFormer {
		key, err := seal.ParsePublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("TIAOJIE_SEAL_FORMER_KEYS: %w", err)
		}
		made.Former = append(made.Former, key)
	}
	return made, nil
}

const entriesSealed = "entries-sealed"

// recordSource is what sealing needs of the installation.
type recordSource interface {
	// Seal adds a unit's new entries to its sealed record.
	Seal(ctx context.Context, sealing postgres.Sealing, unit string) (sealed int, err error)
	// Unsealed lists the tenants of a county whose cases changed since their record was sealed.
	Unsealed(ctx context.Context, county string) ([]string, error)
}

// recordSeals seals the records of tenants and of their counties.
type recordSeals struct {
	source  recordSource
	sealing postgres.Sealing
	figures *workerFigures
}

// errand seals a tenant's record. One that is found broken is counted and told in every round until somebody looks.
func (s *recordSeals) errand() errand {
	return errand{name: entriesSealed, do: func(ctx context.Context, tenant *casework.Service) (int, error) {
		return s.seal(ctx, tenant.Unit())
	}}
}

// county seals the county's own record.
func (s *recordSeals) county(ctx context.Context, county string) error {
	done, err := s.seal(ctx, county)
	s.figures.done.WithLabelValues(entriesSealed).Add(float64(done))
	return err
}

func (s *recordSeals) seal(ctx context.Context, unit string) (int, error) {
	done, err := s.source.Seal(ctx, s.sealing, unit)
	if errors.Is(err, postgres.ErrRecordBroken) {
		s.figures.broken.WithLabelValues(mediation.CountyOf(unit)).Inc()
	}
	return done, err
}
