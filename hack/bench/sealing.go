package main

import (
	"fmt"
	"time"

	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const (
	// sealedPerSecond is how many changes a second the sealing of a record keeps up with.
	sealedPerSecond = 500
	// verifyMillionIn is how long the check of a record of a million entries may take.
	verifyMillionIn = 30 * time.Second
)

// measureSealing seals the loaded town's journal from its first entry on, then checks the whole record. A record that is
// not whole ends the run.
func measureSealing(b *bench) []result {
	o := b.loaded
	text, err := seal.NewSigningKeyText()
	b.must(err)
	key, err := seal.ParseSigningKey(text)
	b.must(err)
	shared := o.county.Shared(nil)
	began := time.Now()
	sealed, err := shared.Seal(b.ctx, postgres.Sealing{Key: key, Hash: seal.SHA256}, o.town)
	b.must(err)
	sealing := time.Since(began)
	record, closeRecord, err := postgres.OpenRecord(o.county.As(tenantdb.WorkerLogin, pgtest.WorkerPassword), o.town)
	b.must(err)
	defer closeRecord()
	began = time.Now()
	found, err := record.Verify(b.ctx, []seal.PublicKey{key.Public()}, nil)
	b.must(err)
	verifying := time.Since(began)
	if len(found.Faults) > 0 || sealed == 0 || found.Size != int64(sealed) {
		b.Fatalf("%d entries were sealed, and the record is not whole: %+v", sealed, found)
	}
	return []result{
		timing(fmt.Sprintf("sealing of %d entries", sealed), []time.Duration{sealing}, time.Duration(sealed)*time.Second/sealedPerSecond),
		timing(fmt.Sprintf("check of a record of %d entries", sealed), []time.Duration{verifying}, max(time.Second, verifyMillionIn*time.Duration(sealed)/1_000_000)),
	}
}
