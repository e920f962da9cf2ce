package countywide_test

import (
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// refused is why, of a write whose result nobody looks at.
func refused(_ mediation.Reference, _ mediation.Receipt, err error) error { return err }

// A county publishes over its province, and takes it back.
func TestService_PutReference(t *testing.T) {
	c := newCounty(t)
	county := countywide.New(c.fixture.CountyStore(), func() time.Time { return time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) }, countywide.WithReferenceCheck(casework.CheckReference))
	document := func(version, body string) mediation.Reference {
		return mediation.Reference{Kind: mediation.ReferenceClocks, Version: version, ValidFrom: "2026-11-01", Body: []byte(body)}
	}
	const closing = `{"rules":[{"id":"closing","length":5}]}`
	stored, receipt, err := county.PutReference(t.Context(), c.administrator(), document("1", closing), 0)
	if err != nil || stored.Revision != 1 || stored.Unit != c.Unit() || !receipt.Created || stored.By.Subject != "tester" {
		t.Fatalf("%v %+v %+v", err, stored, receipt)
	}
	if again, receipt, err := county.PutReference(t.Context(), c.administrator(), document("1", closing), 1); err != nil || again.Revision != 1 || receipt.Created {
		t.Errorf("the same once more changes nothing: %v %+v", err, again)
	}
	keyed := c.administrator()
	keyed.Key = &mediation.Key{Principal: keyed.Actor.ID(), Key: "once", Fingerprint: "f"}
	for range 2 {
		if got, _, err := county.PutReference(t.Context(), keyed, document("2", closing), 1); err != nil || got.Revision != 2 {
			t.Errorf("a key publishes once: %v %+v", err, got)
		}
	}
	wantCode(t, refused(county.PutReference(t.Context(), c.administrator(), document("3", closing), 1)), mediation.Stale, "stale-version")
	wantCode(t, refused(county.PutReference(t.Context(), c.administrator(), document("2", `{"rules":[]}`), 2)), mediation.Conflict, "reference-published")
	wantCode(t, refused(county.PutReference(t.Context(), c.administrator(), document("3", `{"rules":[{"id":"mediation","off":true}]}`), 2)), mediation.Invalid, "invalid-reference")
	wantCode(t, refused(county.WithdrawReference(t.Context(), c.administrator(), "weather", 2)), mediation.NotFound, "unknown-reference")
	if gone, _, err := county.WithdrawReference(t.Context(), c.administrator(), mediation.ReferenceClocks, 2); err != nil || !gone.Withdraws() || gone.Revision != 3 {
		t.Errorf("%v %+v", err, gone)
	}
	all, today, err := county.References(t.Context(), c.administrator())
	if err != nil || len(all) != 3 || today != "2026-11-23" {
		t.Errorf("everything stays on record: %v %d %s", err, len(all), today)
	}
	wantCode(t, refused(c.PutReference(t.Context(), c.administrator(), document("9", closing), 3)), mediation.Misdirected, "wrong-instance")
}
