package controllers

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

const (
	claimState   = `SELECT state FROM county.claim WHERE name = $1`
	schemaExists = `SELECT nspname::text FROM pg_namespace WHERE nspname = $1`
	roleLogin    = `SELECT rolcanlogin::text FROM pg_roles WHERE rolname = $1`
)

func (w *world) deleteTown(code string) {
	w.t.Helper()
	if err := w.cluster.Delete(w.ctx, w.getTown(code)); err != nil {
		w.t.Fatal(err)
	}
	w.reconcileTown(code)
}

func (w *world) gone(object client.Object) bool {
	w.t.Helper()
	return apierrors.IsNotFound(w.cluster.Get(w.ctx, client.ObjectKeyFromObject(object), object))
}

func TestTownship_deletionRetains(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.exec("county_"+w.county, openCase, town)
	w.deleteTown(town)
	if !w.gone(&v1alpha1.Township{ObjectMeta: objectMeta("county-"+w.county, town)}) {
		t.Fatal("the township is still there")
	}
	county := "county_" + w.county
	for what, found := range map[string][2]string{
		"its claim":        {w.query(county, claimState, town), "retained"},
		"its schema":       {w.query(county, schemaExists, "t"+town), "t" + town},
		"its login":        {w.query("postgres", roleLogin, "t"+town+"_a"), "false"},
		"its county's row": {w.query(county, `SELECT code FROM county.tenant WHERE code = $1`, town), ""},
		"its entry":        {w.query(w.options.DirectoryName, `SELECT code FROM directory.tenant WHERE code = $1`, town), ""},
	} {
		if found[0] != found[1] {
			t.Errorf("%s: %q, want %q", what, found[0], found[1])
		}
	}

	w.declareTown("101")
	w.operator.observations.forget(w.county)
	w.reconcileTown(town)
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, "")
	if got.Status.Usage.OpenCases != "1/5000" {
		t.Errorf("declared again it has %s open cases, want its old one", got.Status.Usage.OpenCases)
	}
	if !w.eventsHold("Reclaimed") {
		t.Error("no event tells that the old data was found")
	}
}

func TestTownship_deletionOfDataTakesTwoActs(t *testing.T) {
	for name, c := range map[string]struct {
		policy     v1alpha1.ReclaimPolicy
		annotation string
		dropped    bool
		reason     string
	}{
		"policy alone":          {v1alpha1.ReclaimDelete, "", false, "one act is not enough"},
		"annotation alone":      {v1alpha1.ReclaimRetain, "code", false, "one act is not enough"},
		"annotation of another": {v1alpha1.ReclaimDelete, "371621102", false, "the annotation must name this township"},
		"both":                  {v1alpha1.ReclaimDelete, "code", true, "both acts are taken"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			files := attachments(t.TempDir())
			w.options.RemoveFiles = files.remove
			w.restart()
			town := w.provision(func(town *v1alpha1.Township) {
				town.Spec.ReclaimPolicy = c.policy
				if c.annotation == "code" {
					town.Annotations = map[string]string{v1alpha1.DeleteDataAnnotation: town.Name}
				} else if c.annotation != "" {
					town.Annotations = map[string]string{v1alpha1.DeleteDataAnnotation: c.annotation}
				}
			})
			files.put(t, town)
			files.put(t, w.county+"999")
			w.deleteTown(town)
			if files.holds(town) == c.dropped || !files.holds(w.county+"999") {
				t.Errorf("files gone = %v, want %v, and another's stay: %s", !files.holds(town), c.dropped, c.reason)
			}
			if dropped := w.query("county_"+w.county, schemaExists, "t"+town) == ""; dropped != c.dropped {
				t.Errorf("dropped = %v, want %v: %s", dropped, c.dropped, c.reason)
			}
			if roles := w.query("postgres", roleLogin, "t"+town+"_a") == ""; roles != c.dropped {
				t.Errorf("roles gone = %v, want %v: %s", roles, c.dropped, c.reason)
			}
		})
	}
}

// attachments is a place for them: a directory for each tenant.
type attachments string

func (a attachments) put(t *testing.T, town string) {
	t.Helper()
	place := filepath.Join(string(a), town)
	if err := errors.Join(os.MkdirAll(place, 0o700), os.WriteFile(filepath.Join(place, "file"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (a attachments) holds(town string) bool {
	_, err := os.Stat(filepath.Join(string(a), town, "file"))
	return err == nil
}

func (a attachments) remove(_ context.Context, town string) error {
	return os.RemoveAll(filepath.Join(string(a), town))
}

// A place for attachments that does not answer holds the deletion up: the town says so, and goes when the place is back.
func TestTownship_deletionWaitsForItsFiles(t *testing.T) {
	w := newWorld(t)
	files := attachments(t.TempDir())
	away := true
	w.options.RemoveFiles = func(ctx context.Context, town string) error {
		if away {
			return errors.New("bucket away")
		}
		return files.remove(ctx, town)
	}
	w.restart()
	town := w.provision(func(town *v1alpha1.Township) {
		town.Spec.ReclaimPolicy = v1alpha1.ReclaimDelete
		town.Annotations = map[string]string{v1alpha1.DeleteDataAnnotation: town.Name}
	})
	files.put(t, town)
	w.deleteTown(town)
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonFilesUnreachable)
	if w.query("county_"+w.county, schemaExists, "t"+town) == "" {
		t.Error("the town was dropped before its files")
	}
	away = false
	w.reconcileTown(town)
	if files.holds(town) || w.query("county_"+w.county, schemaExists, "t"+town) != "" {
		t.Error("the town or its files are left")
	}
}

func TestTownship_deletionTouchesNothingThatIsNotItsOwn(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.exec("county_"+w.county, `UPDATE county.claim SET uid = 'another' WHERE name = $1`, town)
	change(w, w.getTown(town), func(town *v1alpha1.Township) {
		town.Spec.ReclaimPolicy = v1alpha1.ReclaimDelete
		town.Annotations = map[string]string{v1alpha1.DeleteDataAnnotation: town.Name}
	})
	w.deleteTown(town)
	if w.query("county_"+w.county, schemaExists, "t"+town) == "" || w.query("postgres", roleLogin, "t"+town+"_a") != "true" {
		t.Error("what another resource claims was touched")
	}
}

func TestTownship_deletionWithoutItsDatabase(t *testing.T) {
	w := newWorld(t)
	w.options.ReleaseAfter = 1100 * time.Millisecond
	w.restart()
	proxy := newProxy(t, w.options.Directory)
	town := w.provisionAt(proxy)
	proxy.stop()
	w.deleteTown(town)
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonUnreachable)
	time.Sleep(2100 * time.Millisecond) // deletion timestamps are whole seconds
	w.reconcileTown(town)
	if !w.gone(&v1alpha1.Township{ObjectMeta: objectMeta("county-"+w.county, town)}) {
		t.Error("a deletion that retains data waits for a dead server for ever")
	}
	if !w.eventsHold("Released") {
		t.Error("no event tells that it was let go without its database")
	}
	proxy.start()
	w.declareTown("101")
	eventually(t, 20*time.Second, "served again", func() bool {
		w.reconcileServer()
		w.reconcileCounty()
		w.reconcileTown(town)
		return meta.IsStatusConditionTrue(w.getTown(town).Status.Conditions, "Ready")
	})
}

func TestCounty_deletionWaitsForItsTowns(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	if err := w.cluster.Delete(w.ctx, w.getCounty()); err != nil {
		t.Fatal(err)
	}
	w.reconcileCounty()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonTownshipsRemain, "kubectl -n county-"+w.county)
	w.restart()
	w.converge()
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
	expect(t, w.getTown(w.county+"000").Status.Conditions, "Ready", metav1.ConditionTrue, "")
	w.expectRepair(town)
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonTownshipsRemain)
	late := w.declareTown("102")
	w.converge()
	expect(t, w.getTown(late).Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonDeleting, "takes no new townships")
	if w.query("county_"+w.county, schemaExists, "t"+late) != "" {
		t.Error("a county that is being deleted took a new township")
	}
	w.deleteTown(late)
	w.deleteTown(town)
	w.reconcileCounty()
	w.reconcileTown(w.county + "000")
	w.reconcileCounty()
	if !w.gone(&v1alpha1.County{ObjectMeta: objectMeta("", w.county)}) {
		t.Fatal("the county is still there")
	}
	if state := w.query("county_"+w.county, claimState, w.county); state != "retained" {
		t.Errorf("its claim is %q, want retained", state)
	}
	if w.query(w.options.DirectoryName, `SELECT code FROM directory.county WHERE code = $1`, w.county) != "" {
		t.Error("the directory still lists it")
	}
	if w.gone(&corev1.Namespace{ObjectMeta: objectMeta("", "county-"+w.county)}) {
		t.Error("the namespace, which may hold what is not ours, was deleted")
	}

	w.declareCounty()
	w.converge()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

func TestCounty_deletionOfDataTakesTwoActs(t *testing.T) {
	for name, both := range map[string]bool{"policy alone": false, "policy and annotation": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declareServer()
			w.declareCounty(func(county *v1alpha1.County) {
				county.Spec.ReclaimPolicy = v1alpha1.ReclaimDelete
				if both {
					county.Annotations = map[string]string{v1alpha1.DeleteDataAnnotation: w.county}
				}
			})
			w.converge()
			if err := w.cluster.Delete(w.ctx, w.getCounty()); err != nil {
				t.Fatal(err)
			}
			w.reconcileCounty()
			w.reconcileTown(w.county + "000")
			w.reconcileCounty()
			dropped := w.query("postgres", `SELECT datname::text FROM pg_database WHERE datname = $1`, "county_"+w.county) == ""
			if dropped != both {
				t.Errorf("dropped = %v, want %v", dropped, both)
			}
		})
	}
}

// A cluster is lost and built anew from the same manifests, with the old PostgreSQL.
func TestTownship_foundByAFreshCluster(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.exec("county_"+w.county, openCase, town)
	for _, object := range []client.Object{w.getTown(town), w.getTown(w.county + "000"), w.getCounty(), w.getServer()} {
		change(w, object, func(object client.Object) { object.SetFinalizers(nil) })
		if err := w.cluster.Delete(w.ctx, object); err != nil {
			t.Fatal(err)
		}
	}
	w.restart()
	if got := w.getTownAgain(town); got.Status.Usage.OpenCases != "1/5000" {
		t.Errorf("open cases = %s, want the old one", got.Status.Usage.OpenCases)
	}
}

func (w *world) getTownAgain(town string) *v1alpha1.Township {
	w.t.Helper()
	secret := &corev1.Secret{}
	if w.exists(town, secret) { // envtest has no garbage collector
		_ = w.cluster.Delete(w.ctx, secret)
	}
	w.provision()
	expect(w.t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
	return w.getTown(town)
}

func TestTownship_claimOfAnotherInstallation(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.options.DirectoryName = pgtest.UnusedDatabase(t) // another installation on the same server
	w.restart()
	w.converge()
	got := w.getCounty()
	expect(t, got.Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonClaimedByAnother, v1alpha1.AdoptAnnotation)
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionFalse, "")

	change(w, got, func(county *v1alpha1.County) {
		county.Annotations = map[string]string{v1alpha1.AdoptAnnotation: w.county}
	})
	w.reconcileCounty()
	expect(t, w.getCounty().Status.Conditions, "DatabaseReady", metav1.ConditionTrue, "")
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonClaimedByAnother, v1alpha1.AdoptAnnotation)
	change(w, w.getTown(town), func(town *v1alpha1.Township) {
		town.Annotations = map[string]string{v1alpha1.AdoptAnnotation: town.Name}
	})
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

func TestTownship_unclaimedSchema(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty()
	w.converge()
	w.exec("county_"+w.county, `CREATE SCHEMA t`+w.county+`101`)
	town := w.declareTown("101")
	w.reconcileTown(town)
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonUnclaimed, v1alpha1.AdoptAnnotation)
	if owner := w.query("county_"+w.county, `SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = $1`, "t"+town); owner != "postgres" {
		t.Errorf("a schema that nobody claims was taken by %s", owner)
	}
}

// A restored backup belongs to whoever restored it. Each condition names the next thing to do, and doing it helps.
func TestTownship_adoptsWhatBelongsToSomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty()
	w.converge()
	schema := "t" + w.county + "101"
	w.exec("county_"+w.county, `CREATE SCHEMA `+schema)
	w.exec("county_"+w.county, `CREATE TABLE `+schema+`.schema_migration (version integer PRIMARY KEY, name text NOT NULL,
		checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
	w.sweep()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "") // it is not the county's trouble
	town := w.declareTown("101")
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "DatabaseReady", metav1.ConditionFalse, v1alpha1.ReasonUnclaimed, v1alpha1.AdoptAnnotation)
	change(w, w.getTown(town), func(town *v1alpha1.Township) {
		town.Annotations = map[string]string{v1alpha1.AdoptAnnotation: town.Name}
	})
	for _, remedy := range []string{`ALTER SCHEMA "` + schema + `" OWNER TO "o` + town + `"`,
		`ALTER TABLE "` + schema + `"."schema_migration" OWNER TO "o` + town + `"`} {
		w.reconcileTown(town)
		got := w.getTown(town).Status.Conditions
		expect(t, got, "Ready", metav1.ConditionFalse, v1alpha1.ReasonMissingRight, remedy, "belongs to postgres", "county_"+w.county)
		expect(t, got, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonMissingRight, remedy)
		expect(t, got, "SchemaUpToDate", metav1.ConditionFalse, v1alpha1.ReasonMissingRight, remedy)
		expect(t, got, "DatabaseReady", metav1.ConditionUnknown, v1alpha1.ReasonNotReached)
		w.exec("county_"+w.county, remedy)
	}
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
}
