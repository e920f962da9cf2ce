package controllers

import (
	"context"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// publish publishes a calendar of the county's province, as the command does.
func (w *world) publish(version string) mediation.Reference {
	w.t.Helper()
	document, err := mediation.Reference{Kind: mediation.ReferenceCalendar, Unit: w.county[:2], Version: version, ValidFrom: "2026-11-01",
		Body: []byte(`{"years":[{"year":2027,"notice":"示例〔2026〕1号","days":[{"from":"2027-01-01","kind":"holiday","zh":"元旦","en":"New Year's Day"}]}]}`)}.Checked()
	if err != nil {
		w.t.Fatal(err)
	}
	server, err := tenantdb.Open(w.ctx, w.options.Directory)
	if err != nil {
		w.t.Fatal(err)
	}
	defer server.Close()
	directory, err := server.OpenDirectory(w.ctx, w.options.DirectoryName)
	if err != nil {
		w.t.Fatal(err)
	}
	defer directory.Close()
	_, err = directory.PublishReference(w.ctx, document, func([]mediation.Reference) error { return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return document
}

// copies are what a county holds of its province, a line for each.
func (w *world) copies() string {
	return w.query("county_"+w.county, `SELECT COALESCE(string_agg(kind || ' ' || version || ' ' || revision || ' ' || digest, E'\n' ORDER BY revision), '')
		FROM county.reference WHERE unit = $1`, w.county[:2])
}

// What a province publishes reaches a county that is there, and one that comes later; a second look copies nothing.
func TestReference_isCopied(t *testing.T) {
	w := newWorld(t)
	w.provision()
	first := w.publish("2027.1")
	w.reconcileCounty()
	if got, want := w.copies(), "calendar 2027.1 1 "+first.Digest; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	second := w.publish("2027.2")
	w.reconcileCounty()
	w.reconcileCounty()
	if got := w.copies(); got != "calendar 2027.1 1 "+first.Digest+"\ncalendar 2027.2 2 "+second.Digest {
		t.Errorf("%q", got)
	}
	told := 0
	for len(w.events.Events) > 0 {
		if strings.Contains(<-w.events.Events, v1alpha1.ReasonReferenceCopied) {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d events tell of two copies", told)
	}

	t.Run("what was damaged by hand is put right", func(t *testing.T) {
		w.exec("county_"+w.county, `UPDATE county.reference SET body = '{' WHERE version = '2027.1'`)
		w.reconcileCounty()
		if got := w.query("county_"+w.county, `SELECT body FROM county.reference WHERE version = $1`, "2027.1"); got != string(first.Body) {
			t.Errorf("%s", got)
		}
	})
	t.Run("another document of the version stays, and the county says that it lags", func(t *testing.T) {
		other := `{"other":true}`
		w.exec("county_"+w.county, `UPDATE county.reference SET body = '`+other+`', digest = '`+mediation.DigestOf([]byte(other))+`' WHERE version = '2027.2'`)
		w.reconcileCounty()
		behind := meta.FindStatusCondition(w.getCounty().Status.Conditions, v1alpha1.ConditionReferenceBehind)
		if behind == nil || behind.Status != metav1.ConditionTrue || !strings.Contains(behind.Message, "2027.2") {
			t.Errorf("%+v", behind)
		}
		w.exec("county_"+w.county, `DELETE FROM county.reference WHERE version = '2027.2'`)
		w.reconcileCounty()
		if meta.FindStatusCondition(w.getCounty().Status.Conditions, v1alpha1.ConditionReferenceBehind) != nil {
			t.Error("a county that has caught up says so by silence")
		}
	})
}

// An operator that is killed after any step leaves nothing half-copied: the next one brings every document.
func TestDrill_reference(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.prepare()
	w.publish("2027.1")
	w.publish("2027.2")
	for _, step := range []string{"migrate", "administrators", "reference", "namespace"} {
		w.counties = append(w.counties, w.county)
		w.county = w.unusedCounty()
		w.declareCounty()
		w.dieAfter("County", step, func() { _, _ = w.operator.ReconcileCounty(w.ctx, named("", w.county)) })
		if half := strings.Count(w.copies(), "calendar"); half == 1 {
			t.Errorf("killed after %s: one of two documents is there", step)
		}
		w.reconcileCounty()
		if got := w.copies(); strings.Count(got, "calendar") != 2 {
			t.Errorf("killed after %s: %q", step, got)
		}
	}
}

// asTown asks as the role that the town's instances act as.
func (w *world) asTown(town, sql string) string {
	w.t.Helper()
	connection := pgtest.Connect(w.t, w.database("county_"+w.county))
	defer func() { _ = connection.Close(context.Background()) }()
	var found string
	if _, err := connection.Exec(w.ctx, `SET ROLE t`+town); err != nil {
		w.t.Fatal(err)
	}
	if err := connection.QueryRow(w.ctx, sql).Scan(&found); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// A running operator is told: nobody waits for its next round.
func (w *world) publishedIsSeen(t *testing.T, town string) {
	document := w.publish("2027.9")
	started := time.Now()
	eventually(t, 10*time.Second, "the town reads it", func() bool {
		seen := w.asTown(town, `SELECT COALESCE(min(body), '') FROM county.reference WHERE version = '2027.9'`)
		return seen == string(document.Body)
	})
	t.Logf("published, copied and readable by the town after %s", time.Since(started).Round(time.Millisecond))
}
