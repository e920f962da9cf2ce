package controllers

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenant"
)

// exited is what the process says when the drill ends it at a step boundary.
type exited struct{}

// dieAfter runs a reconcile in a process that exits right after a step, and goes on as a new process.
func (w *world) dieAfter(kind, step string, reconcile func()) {
	w.t.Helper()
	died := false
	w.options.Boundary = func(atKind, at string) {
		if atKind == kind && at == step && !died {
			died = true
			panic(exited{})
		}
	}
	w.restart()
	func() {
		defer func() {
			if caught := recover(); caught != nil && caught != any(exited{}) {
				panic(caught)
			}
		}()
		w.prepare()
		reconcile()
	}()
	if !died {
		w.t.Errorf("%s never came to the end of step %q", kind, step)
	}
	w.options.Boundary = nil
	w.restart()
	w.prepare()
}

// prepare does what a new process does before townships come up.
func (w *world) prepare() {
	w.t.Helper()
	if err := w.operator.installation.Ensure(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	w.reconcileServer()
}

// At every boundary of the township's steps the process exits; afterwards schema, roles, rows and objects equal those of
// a township that came up undisturbed.
func TestDrill_township(t *testing.T) {
	w := newWorld(t)
	reference := w.provision(func(town *v1alpha1.Township) { town.Spec.API.Replicas = new(int32(2)) })
	bringUp := func(code string) {
		w.reconcileTown(code)
		w.rollOut(code, 2)
		w.reconcileTown(code)
	}
	bringUp(reference)
	want := w.townFingerprint(reference)
	boundaries := stepNames(w.operator.townSteps())
	for i, step := range boundaries {
		code := w.declareTown(fmt.Sprint(201+i), func(town *v1alpha1.Township) { town.Spec.API.Replicas = new(int32(2)) })
		w.dieAfter("Township", step, func() { _, _ = w.operator.ReconcileTownship(w.ctx, named(v1alpha1.NamespaceOf(w.county), code)) })
		bringUp(code)
		compare(t, "killed after "+step, want, w.townFingerprint(code))
	}
	t.Logf("%d boundaries of a township, each equal to an undisturbed run", len(boundaries))
}

func TestDrill_townshipDeletion(t *testing.T) {
	w := newWorld(t)
	reference := w.provision()
	w.deleteTown(reference)
	want := w.retainedFingerprint(reference)
	boundaries := stepNames(w.operator.townDeletionSteps())
	for i, step := range boundaries {
		code := w.declareTown(fmt.Sprint(301 + i))
		w.reconcileTown(code)
		if err := w.cluster.Delete(w.ctx, w.getTown(code)); err != nil {
			t.Fatal(err)
		}
		w.dieAfter("TownshipDeletion", step, func() { _, _ = w.operator.ReconcileTownship(w.ctx, named(v1alpha1.NamespaceOf(w.county), code)) })
		w.reconcileTown(code)
		if !w.gone(&v1alpha1.Township{ObjectMeta: objectMeta("county-"+w.county, code)}) {
			t.Errorf("killed after %s: the township is still there", step)
		}
		compare(t, "killed after "+step, want, w.retainedFingerprint(code))
	}
	t.Logf("%d boundaries of a township's deletion, each equal to an undisturbed run", len(boundaries))
}

func TestDrill_county(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	declare := func() {
		w.declareCounty(func(county *v1alpha1.County) {
			county.Spec.Administrators = v1alpha1.Administrators{Groups: []string{"admins"},
				Subjects: []v1alpha1.Subject{{Issuer: "https://issuer.example", Subject: "zhang"}}}
		})
	}
	bringUp := func() {
		w.reconcileCounty()
		w.reconcileTown(w.county + "000")
		w.reconcileCounty()
	}
	declare()
	w.prepare()
	bringUp()
	want := w.countyFingerprint()
	boundaries := stepNames(w.operator.countySteps())
	for _, step := range boundaries {
		w.counties = append(w.counties, w.county)
		w.county = w.unusedCounty()
		declare()
		w.dieAfter("County", step, func() { _, _ = w.operator.ReconcileCounty(w.ctx, named("", w.county)) })
		bringUp()
		compare(t, "killed after "+step, want, w.countyFingerprint())
	}
	t.Logf("%d boundaries of a county, each equal to an undisturbed run", len(boundaries))
}

func TestDrill_server(t *testing.T) {
	w := newWorld(t)
	boundaries := stepNames(w.operator.serverSteps())
	for i, step := range boundaries {
		w.server = fmt.Sprintf("drill-%d-%s", i, w.county)
		w.declareServer()
		w.dieAfter("PostgresServer", step, func() {})
		got := w.getServer()
		expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonSucceeded)
		if len(got.Finalizers) != 1 || got.Status.Version == "" {
			t.Errorf("killed after %s: %v, %+v", step, got.Finalizers, got.Status)
		}
	}
	t.Logf("%d boundaries of a server", len(boundaries))
}

func TestDrill_countyDeletion(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	boundaries := stepNames(w.operator.countyDeletionSteps())
	for _, step := range boundaries {
		w.declareCounty()
		w.converge()
		if err := w.cluster.Delete(w.ctx, w.getCounty()); err != nil {
			t.Fatal(err)
		}
		w.reconcileCounty()
		w.reconcileTown(w.county + "000")
		w.dieAfter("CountyDeletion", step, func() { _, _ = w.operator.ReconcileCounty(w.ctx, named("", w.county)) })
		w.reconcileCounty()
		if !w.gone(&v1alpha1.County{ObjectMeta: objectMeta("", w.county)}) {
			t.Errorf("killed after %s: the county is still there", step)
		}
		if state := w.query("county_"+w.county, claimState, w.county); state != "retained" {
			t.Errorf("killed after %s: its claim is %q, want retained", step, state)
		}
	}
	t.Logf("%d boundaries of a county's deletion", len(boundaries))
}

// townFingerprint is everything that a township is, in PostgreSQL and in the cluster, without what differs by nature.
func (w *world) townFingerprint(code string) map[string]string {
	w.t.Helper()
	namespace, name, county := v1alpha1.NamespaceOf(w.county), tenant.ObjectName(code), "county_"+w.county
	result := map[string]string{
		"schema":          w.dump(county, "t"+code),
		"roles":           w.roles(code),
		"claim":           w.query(county, `SELECT kind || ' ' || state || ' ' || installation FROM county.claim WHERE name = $1`, code),
		"row":             w.query(county, `SELECT to_jsonb(t) - 'updated_at' #>> '{}' FROM county.tenant t WHERE code = $1`, code),
		"directory's row": w.query(w.options.DirectoryName, `SELECT (to_jsonb(t) - 'updated_at')::text FROM directory.tenant t WHERE code = $1`, code),
		"data keys":       w.query(county, `SELECT count(*)::text FROM t`+code+`.data_key`),
		"committees":      w.query(county, `SELECT count(*)::text FROM t`+code+`.committee`),
		"login works":     fmt.Sprint(w.login(code)),
	}
	for _, object := range []client.Object{&v1alpha1.Township{ObjectMeta: objectMeta(namespace, code)},
		&corev1.Secret{ObjectMeta: objectMeta(namespace, name)}, &corev1.ServiceAccount{ObjectMeta: objectMeta(namespace, name)},
		&networkingv1.NetworkPolicy{ObjectMeta: objectMeta(namespace, name)}, &corev1.Service{ObjectMeta: objectMeta(namespace, name)},
		&appsv1.Deployment{ObjectMeta: objectMeta(namespace, name)}, &policyv1.PodDisruptionBudget{ObjectMeta: objectMeta(namespace, name)},
		&networkingv1.Ingress{ObjectMeta: objectMeta(namespace, name)}} {
		result[fmt.Sprintf("%T", object)] = w.object(object, code)
	}
	return normalised(result, code, "TOWN")
}

func (w *world) retainedFingerprint(code string) map[string]string {
	w.t.Helper()
	county := "county_" + w.county
	return normalised(map[string]string{
		"schema":          w.dump(county, "t"+code),
		"roles":           w.roles(code),
		"claim":           w.query(county, `SELECT kind || ' ' || state || ' ' || installation FROM county.claim WHERE name = $1`, code),
		"row":             w.query(county, `SELECT code FROM county.tenant t WHERE code = $1`, code),
		"directory's row": w.query(w.options.DirectoryName, `SELECT code FROM directory.tenant t WHERE code = $1`, code),
	}, code, "TOWN")
}

func (w *world) countyFingerprint() map[string]string {
	w.t.Helper()
	namespace, county := v1alpha1.NamespaceOf(w.county), "county_"+w.county
	result := map[string]string{
		"schema":          w.dump(county, "county"),
		"roles":           w.roles(w.county),
		"database":        w.query("postgres", `SELECT pg_get_userbyid(datdba) || ' ' || coalesce(datacl::text, '') FROM pg_database WHERE datname = $1`, county),
		"claim":           w.query(county, `SELECT kind || ' ' || state || ' ' || installation FROM county.claim WHERE name = $1`, w.county),
		"members":         w.query(county, `SELECT string_agg(unit || issuer || subject || array_to_string(roles, ',') || source, ';') FROM county.member`),
		"directory's row": w.query(w.options.DirectoryName, `SELECT (to_jsonb(t) - 'updated_at')::text FROM directory.county t WHERE code = $1`, w.county),
	}
	for _, object := range []client.Object{&v1alpha1.County{ObjectMeta: objectMeta("", w.county)},
		&corev1.Namespace{ObjectMeta: objectMeta("", namespace)}, &corev1.ResourceQuota{ObjectMeta: objectMeta(namespace, "tiaojie")},
		&corev1.LimitRange{ObjectMeta: objectMeta(namespace, "tiaojie")}, &rbacv1.RoleBinding{ObjectMeta: objectMeta(namespace, "tiaojie-operator")},
		&rbacv1.RoleBinding{ObjectMeta: objectMeta(namespace, tenant.AdministratorBindingName)}} {
		result[fmt.Sprintf("%T %s", object, object.GetName())] = w.object(object, w.county)
	}
	result["desk"] = w.object(&v1alpha1.Township{ObjectMeta: objectMeta(namespace, w.county+"000")}, w.county)
	return normalised(result, w.county, "COUNTY")
}

func normalised(found map[string]string, code, word string) map[string]string {
	for key, value := range found {
		delete(found, key)
		found[strings.ReplaceAll(key, code, word)] = strings.ReplaceAll(value, code, word)
	}
	return found
}

func compare(t *testing.T, when string, want, got map[string]string) {
	t.Helper()
	if len(want) == 0 || len(want) != len(got) {
		t.Errorf("%s: %d parts, want %d", when, len(got), len(want))
	}
	for key := range want {
		if want[key] != got[key] {
			t.Errorf("%s: %s differs:\n got %s\nwant %s", when, key, got[key], want[key])
		}
	}
}

// object is an object of the cluster without what differs by nature: identifiers, times, secrets.
func (w *world) object(object client.Object, code string) string {
	w.t.Helper()
	if w.gone(object) {
		return "absent"
	}
	data, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, _ := json.Marshal(scrub(data))
	return strings.ReplaceAll(string(raw), code, "UNIT")
}

func scrub(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		for key, inner := range typed {
			switch key {
			case "uid", "resourceVersion", "creationTimestamp", "managedFields", "lastTransitionTime", "generation",
				"observedGeneration", appliedAnnotation, tenant.SecretHashAnnotation, "clusterIP", "clusterIPs", "password", "data-keys":
				delete(typed, key)
			case tenant.SecretUser:
				text, _ := inner.(string)
				plain, _ := base64.StdEncoding.DecodeString(text)
				typed[key] = string(plain)
			default:
				typed[key] = scrub(inner)
			}
		}
		return typed
	case []any:
		for i := range typed {
			typed[i] = scrub(typed[i])
		}
		slices.SortStableFunc(typed, func(a, b any) int { return strings.Compare(conditionType(a), conditionType(b)) })
		return typed
	}
	return value
}

// conditionType orders conditions, whose place in the list only tells when each was first set.
func conditionType(value any) string {
	if entry, ok := value.(map[string]any); ok && entry["status"] != nil {
		kind, _ := entry["type"].(string)
		return kind
	}
	return ""
}

// roles are the roles of a unit: attributes, settings, memberships.
func (w *world) roles(code string) string {
	w.t.Helper()
	return w.query("postgres", `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
		SELECT rolname || ' ' || rolcanlogin || rolinherit || rolcreaterole || rolcreatedb || rolsuper || rolbypassrls || rolconnlimit ||
			coalesce((SELECT array_to_string(setconfig, ',') FROM pg_db_role_setting WHERE setrole = r.oid AND setdatabase = 0), '') AS line
		FROM pg_roles r WHERE rolname ~ ('^(o|t|county_)' || $1 || '(_[a-z]+)?$')
		UNION ALL
		SELECT pg_get_userbyid(member) || ' in ' || pg_get_userbyid(roleid) || CASE WHEN admin_option THEN ' admin' ELSE '' END
		FROM pg_auth_members WHERE pg_get_userbyid(roleid) ~ ('^(o|t|county_)' || $1 || '(_[a-z]+)?$')
			AND pg_get_userbyid(member) !~ '^t[0-9]{9}$') lines`, code)
}

// dump is the schema as pg_dump writes it, without the random token of newer versions.
func (w *world) dump(database, schema string) string {
	w.t.Helper()
	address := w.database(database)
	command := exec.CommandContext(w.ctx, pgDump(w.t), "--schema-only", "--schema", schema, "-h", address.Host, "-p", fmt.Sprint(address.Port),
		"-U", address.User, "-d", database)
	command.Env = append(os.Environ(), "PGPASSWORD="+address.Password)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		w.t.Fatalf("pg_dump: %v: %s", err, problems.String())
	}
	var kept []string
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "\\restrict") && !strings.HasPrefix(line, "\\unrestrict") {
			kept = append(kept, line)
		}
	}
	slices.Sort(kept) // owners and grants come in an order that follows the roles' names
	return strings.Join(kept, "")
}

func pgDump(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if own := os.Getenv("TIAOJIE_POSTGRES_BIN"); own != "" {
		found = []string{filepath.Join(own, "pg_dump")}
	}
	if len(found) == 0 {
		t.Fatal("no pg_dump: run  hack/postgres.sh install")
	}
	return found[len(found)-1]
}
