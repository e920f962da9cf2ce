package controllers

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/internal/seal"
)

// A county's status tells by which public key its records are signed, which is the one of the Secret; the last checkpoints stand
// with the county and the town, seldom, and are not forgotten when the database shows less.
func TestStatus_record(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.reconcileCounty()
	var secret corev1.Secret
	if err := w.cluster.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: KeysSecret}, &secret); err != nil {
		t.Fatal(err)
	}
	key, err := seal.ParseSigningKey(string(secret.Data["seal-key"]))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.getCounty().Status; got.SealKey != key.Public().Text() || got.Record.Size != 0 {
		t.Errorf("before anything is sealed: key %q, record %+v", got.SealKey, got.Record)
	}
	at := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	for _, step := range []struct {
		reason string
		size   int64
		later  time.Duration
		shown  int64
	}{
		{"the first", 7, 0, 7},
		{"a minute later", 8, time.Minute, 7},
		{"two hours later", 9, 2 * time.Hour, 9},
		{"one that knows less", 3, 150 * time.Minute, 9},
	} {
		root := strings.Repeat("r", 32)
		for _, unit := range []string{w.county, town} {
			w.exec("county_"+w.county, `DELETE FROM county.audit_checkpoint WHERE tenant = $1`, unit)
			w.exec("county_"+w.county, `INSERT INTO county.audit_checkpoint (tenant, number, size, root, at, last_xid, edge, chain, text)
				VALUES ($1, 0, $2, convert_to($3, 'UTF8'), $4, '0', '', '', '')`, unit, step.size, root, at.Add(step.later))
		}
		w.operator.observations.forget(w.county)
		w.reconcileTown(town)
		w.reconcileCounty()
		ofTown, ofCounty := w.getTown(town).Status.Record, w.getCounty().Status.Record
		for _, got := range []struct {
			size int64
			root string
		}{{ofTown.Size, ofTown.Root}, {ofCounty.Size, ofCounty.Root}} {
			if got.size != step.shown || got.root != base64.StdEncoding.EncodeToString([]byte(root)) {
				t.Errorf("%s: %+v, want %d entries", step.reason, got, step.shown)
			}
		}
	}
}
