package main

import (
	"context"
	"fmt"
	"slices"
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
	shared, with := o.county.Shared(nil), postgres.Sealing{Key: key, Hash: seal.SHA256}
	began := time.Now()
	sealed, err := shared.Seal(b.ctx, with, o.town)
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
		measureWriters(b, shared, with),
		timing(fmt.Sprintf("sealing of %d entries", sealed), []time.Duration{sealing}, time.Duration(sealed)*time.Second/sealedPerSecond),
		timing(fmt.Sprintf("check of a record of %d entries", sealed), []time.Duration{verifying}, max(time.Second, verifyMillionIn*time.Duration(sealed)/1_000_000)),
	}
}

const (
	// writersBudget is what changes may lose to the sealing of the same record at the same time.
	writersBudget = 0.95
	// sealingEvery is how often the record is sealed meanwhile; the worker does it every half minute.
	sealingEvery = time.Second
)

// measureWriters takes disputes through the whole life, a slice of time while their record is sealed and a slice while it is
// not, in turns; the ratio is that of the median lives.
func measureWriters(b *bench, shared *postgres.Shared, with postgres.Sealing) result {
	var ratios []float64
	var all []time.Duration
	for range b.rounds {
		stop := b.sealMeanwhile(shared, with)
		sealed := b.lives()
		stop()
		ratios = append(ratios, float64(median(b.lives()))/float64(median(sealed)))
		all = append(all, sealed...)
	}
	slices.Sort(all)
	r := result{what: "a whole life while its record is sealed", ratio: median(ratios), least: writersBudget, p50: all[len(all)/2], p95: all[len(all)*95/100]}
	r.rate = float64(time.Second) / float64(r.p50)
	fmt.Fprintf(b.progress, "%s: %d lives, ratio %.3f (rounds from %.3f to %.3f)\n", r.what, len(all), r.ratio, slices.Min(ratios), slices.Max(ratios))
	return r
}

// sealMeanwhile seals again and again until it is stopped.
func (b *bench) sealMeanwhile(shared *postgres.Shared, with postgres.Sealing) (stop func()) {
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := shared.Seal(b.ctx, with, b.loaded.town); err != nil {
				done <- err
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(sealingEvery):
			}
		}
		done <- nil
	}()
	return func() {
		cancel()
		b.must(<-done)
	}
}

// lives is how long each whole life of a few seconds' worth took.
func (b *bench) lives() (took []time.Duration) {
	for end := time.Now().Add(2 * b.slice); len(took) < 3 || time.Now().Before(end); {
		before := time.Now()
		b.loaded.live()
		took = append(took, time.Since(before))
	}
	return took
}
