package controllers

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenant"
)

func TestCounty_fromDeclaration(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty(func(county *v1alpha1.County) {
		county.Spec.Administrators = v1alpha1.Administrators{Groups: []string{"惠民县管理员", "oidc:admins"},
			Subjects: []v1alpha1.Subject{{Issuer: "https://issuer.example", Subject: "zhang", ValidFrom: "2026-01-01", ValidTo: "2027-12-31"}}}
	})
	w.converge()
	got := w.getCounty()
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServed, "1 of 1 townships are ready")
	if got.Status.Database != "county_"+w.county || got.Status.Namespace != "county-"+w.county || got.Status.SchemaVersion < 1 {
		t.Errorf("status = %+v", got.Status)
	}
	namespace := &corev1.Namespace{}
	w.get("", "county-"+w.county, namespace)
	if namespace.Labels["pod-security.kubernetes.io/enforce"] != "restricted" || namespace.Labels[v1alpha1.CountyLabel] != w.county {
		t.Errorf("labels of the namespace = %v", namespace.Labels)
	}
	desk := w.getTown(w.county + "000")
	if desk.Spec.DisplayName != "试验县矛盾纠纷多元化调解指挥中心" || desk.Spec.Kind != v1alpha1.KindDesk || !metav1.IsControlledBy(desk, got) {
		t.Errorf("desk = %+v", desk.Spec)
	}
	const member = `SELECT concat_ws(' ', array_to_string(roles, ','), source, valid_from, valid_to) FROM county.member WHERE unit = $1 AND subject = 'zhang'`
	if found := w.query("county_"+w.county, member, w.county); found != "county-administrator resource 2026-01-01 2027-12-31" {
		t.Errorf("the administrator's row says %q", found)
	}
	if found := w.query(w.options.DirectoryName, `SELECT issuer FROM directory.subject WHERE county = $1`, w.county); found != "https://issuer.example" {
		t.Errorf("the directory names an administrator of %q", found)
	}
	if found := w.query(w.options.DirectoryName, `SELECT host || ' ' || state FROM directory.county WHERE code = $1`, w.county); found != w.options.Directory.Host+" active" {
		t.Errorf("the directory's row says %q", found)
	}
	binding := &rbacv1.RoleBinding{}
	w.get("county-"+w.county, "tiaojie-county-administrators", binding)
	if len(binding.Subjects) != 2 || binding.Subjects[0].Name != "惠民县管理员" || binding.RoleRef.Name != "tiaojie-county-administrator" {
		t.Errorf("binding of the administrators = %+v", binding)
	}
	change(w, w.getCounty(), func(county *v1alpha1.County) { county.Spec.Administrators = v1alpha1.Administrators{} })
	w.reconcileCounty()
	if err := w.cluster.Get(w.ctx, client.ObjectKeyFromObject(binding), binding); err == nil {
		t.Error("the administrators' binding stays although there are none")
	}
	if found := w.query("county_"+w.county, member, w.county); found != "" {
		t.Errorf("the administrator's row stays: %q", found)
	}
}

func TestCounty_quotaFollowsItsTowns(t *testing.T) {
	w := newWorld(t)
	w.provision(func(town *v1alpha1.Township) { town.Spec.API.Replicas = new(int32(3)) })
	w.reconcileCounty()
	quota := &corev1.ResourceQuota{}
	w.get("county-"+w.county, "tiaojie", quota)
	// The town's 3 and one for its rollout, the desk's 1 and one, and four besides.
	if pods := quota.Spec.Hard.Pods().Value(); pods != 10 {
		t.Errorf("pods = %d, want 10", pods)
	}
	if volumes := quota.Spec.Hard["persistentvolumeclaims"]; !volumes.IsZero() {
		t.Error("a county may make volumes")
	}
}

func TestCounty_deskIsMadeAgainAndKeepsWhatPeopleChose(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty()
	w.converge()
	desk := w.county + "000"
	change(w, w.getTown(desk), func(town *v1alpha1.Township) {
		town.Spec.API.Mode = v1alpha1.ModeShared
		town.Spec.DisplayName = "改名"
	})
	w.converge()
	if got := w.getTown(desk).Spec; got.API.Mode != v1alpha1.ModeShared || got.DisplayName == "改名" {
		t.Errorf("desk = %+v: the mode is the administrator's, the name is the county's", got)
	}
	if err := w.cluster.Delete(w.ctx, w.getTown(desk)); err != nil {
		t.Fatal(err)
	}
	w.reconcileTown(desk)
	w.reconcileCounty()
	w.reconcileTown(desk)
	expect(t, w.getTown(desk).Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

func TestCounty_fromCatalogue(t *testing.T) {
	w := newWorld(t)
	w.county = w.unusedCatalogueCounty("62")
	w.declareServer()
	units := division.Embedded().Townships(w.county)
	w.declareCounty(func(county *v1alpha1.County) {
		county.Spec.Townships = v1alpha1.CountyTownships{Source: v1alpha1.SourceFromCatalogue, Except: []string{units[0].Code}}
	})
	if err := w.operator.installation.Ensure(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.reconcileServer()
	w.reconcileCounty()
	if got, want := len(w.towns()), len(units)-1+1; got != want {
		t.Fatalf("%d townships were declared, want %d: all but the exception, and the desk", got, want)
	}
	last := units[len(units)-1]
	if got := w.getTown(last.Code).Spec; got.DisplayName != last.Name || string(got.Kind) != string(last.Kind()) {
		t.Errorf("declared %+v, the catalogue says %s", got, last)
	}
	change(w, w.getTown(last.Code), func(town *v1alpha1.Township) { town.Spec.DisplayName = "改名镇" })
	w.reconcileCounty()
	if got := w.getTown(last.Code).Spec.DisplayName; got != "改名镇" {
		t.Error("a township that exists was changed")
	}
}

// unusedCatalogueCounty is a real, small county. Each test that asks takes a province of its own, and no other takes real
// counties outside of 37.
func (w *world) unusedCatalogueCounty(province string) string {
	for _, county := range division.Embedded().Counties(province) {
		towns := len(division.Embedded().Townships(county.Code))
		if towns > 2 && towns < 8 && w.query("postgres", `SELECT rolname::text FROM pg_roles WHERE rolname = $1`, "o"+county.Code) == "" {
			return county.Code
		}
	}
	w.t.Fatal("the catalogue has no small county left")
	return ""
}

func TestCounty_serverFull(t *testing.T) {
	w := newWorld(t)
	w.declareServer(func(server *v1alpha1.PostgresServer) { server.Spec.MaxCounties = 1 })
	w.placeCountyBeside()
	w.declareCounty()
	w.converge()
	got := w.getCounty()
	expect(t, got.Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonServerFull, "spec.maxCounties is 1", "another server")
	if w.query("postgres", `SELECT datname::text FROM pg_database WHERE datname = $1`, "county_"+w.county) != "" {
		t.Error("a database was made on a full server")
	}
	change(w, w.getServer(), func(server *v1alpha1.PostgresServer) { server.Spec.MaxCounties = 1000 })
	w.converge()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
	if meta.FindStatusCondition(w.getCounty().Status.Conditions, "Stalled") != nil {
		t.Error("still stalled with room on the server")
	}
}

// placeCountyBeside makes sure that the server holds another county.
func (w *world) placeCountyBeside() {
	code := w.unusedCounty()
	w.exec("postgres", `CREATE DATABASE county_`+code)
	w.t.Cleanup(func() { pgtest.RemoveCounty(w.t, code) })
}

func TestCounty_missingServer(t *testing.T) {
	w := newWorld(t)
	w.declareCounty()
	if err := w.operator.installation.Ensure(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.reconcileCounty()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonServerMissing, w.server, "kubectl get postgresservers")
	w.declareServer()
	w.converge()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

// A deletion cannot be withdrawn. Whoever deletes a server by mistake must not stop a whole county.
func TestServer_goesOnServingWhileCountiesLiveThere(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	if err := w.cluster.Delete(w.ctx, w.getServer()); err != nil {
		t.Fatal(err)
	}
	w.restart() // a new process has to open the server too
	w.converge()
	expect(t, w.getServer().Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonCountiesRemain, w.county, "goes on serving", "delete the counties first")
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
	w.expectRepair(town)
	other := w.declareTown("102")
	w.converge()
	expect(t, w.getTown(other).Status.Conditions, "Ready", metav1.ConditionTrue, "")

	living := w.county
	w.county = w.unusedCounty()
	w.counties = append(w.counties, living)
	w.declareCounty()
	w.converge()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonServerDeleting, "another server")
	if w.query("postgres", `SELECT datname::text FROM pg_database WHERE datname = $1`, "county_"+w.county) != "" {
		t.Error("a server that is being deleted took a new county")
	}
	w.county = living
	w.deleteTown(town)
	w.deleteTown(other)
	if err := w.cluster.Delete(w.ctx, w.getCounty()); err != nil {
		t.Fatal(err)
	}
	w.reconcileCounty()
	w.reconcileTown(living + "000")
	w.reconcileCounty()
	w.reconcileServer()
	if !w.gone(&v1alpha1.PostgresServer{ObjectMeta: objectMeta("", w.server)}) {
		t.Error("the server stays although only a county that it refused names it")
	}
}

// expectRepair takes away what two sorts of hands may: an object in the cluster and a grant in PostgreSQL.
func (w *world) expectRepair(town string) {
	w.t.Helper()
	w.exec("county_"+w.county, substitute(`REVOKE INSERT ON t{town}.cases FROM t{town}`, town))
	for _, object := range []client.Object{&appsv1.Deployment{ObjectMeta: objectMeta("county-"+w.county, tenant.ObjectName(town))},
		&corev1.ResourceQuota{ObjectMeta: objectMeta("county-"+w.county, "tiaojie")}} {
		if err := w.cluster.Delete(w.ctx, object); err != nil {
			w.t.Fatal(err)
		}
	}
	drain(w)
	w.sweep()
	select {
	case <-w.operator.townPokes:
	default:
		w.t.Error("nobody looks for drift")
	}
	w.reconcileTown(town)
	w.get("county-"+w.county, tenant.ObjectName(town), &appsv1.Deployment{})
	w.get("county-"+w.county, "tiaojie", &corev1.ResourceQuota{})
	const may = `SELECT has_table_privilege('t{town}', 't{town}.cases', 'INSERT')::text`
	if w.query("county_"+w.county, substitute(may, town)) != "true" {
		w.t.Error("the grant was not put back")
	}
	expect(w.t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

// While a server is away the counts follow what the townships say, not what they said before.
func TestCounty_countsFollowAnOutage(t *testing.T) {
	w := newWorld(t)
	p := newProxy(t, w.options.Directory)
	town := w.provisionAt(p)
	everything := func() {
		w.reconcileServer()
		w.reconcileCounty()
		w.reconcileTown(town)
		w.reconcileTown(w.county + "000")
		w.reconcileCounty()
	}
	everything()
	if got := w.getCounty().Status.Townships; got != (v1alpha1.TownshipCount{Total: 2, Ready: 2}) {
		t.Fatalf("before: %+v", got)
	}
	p.stop()
	everything()
	if got := w.getCounty().Status.Townships; got != (v1alpha1.TownshipCount{Total: 2}) {
		t.Errorf("during the outage: %+v, want none of 2 ready", got)
	}
	p.start()
	eventually(t, 30*time.Second, "2 of 2", func() bool {
		everything()
		return w.getCounty().Status.Townships == v1alpha1.TownshipCount{Total: 2, Ready: 2}
	})
}

func TestInstallation_logins(t *testing.T) {
	w := newWorld(t)
	w.provision()
	if w.eventsHold("DriftRepaired") {
		t.Error("making the Secrets is told as a repair")
	}
	for _, name := range []string{LoginsSecret, KeysSecret} {
		secret := &corev1.Secret{}
		w.get(w.namespace, name, secret)
		before := secret.DeepCopy()
		if err := w.cluster.Delete(w.ctx, secret); err != nil {
			t.Fatal(err)
		}
		w.converge()
		if !w.eventsHold("changed by hand and put right: Secret " + name) {
			t.Errorf("no event tells that %s was made again", name)
		}
		after := &corev1.Secret{}
		w.get(w.namespace, name, after)
		for key, value := range before.Data {
			if string(after.Data[key]) != string(value) {
				t.Errorf("%s was made again with another %s although the operator knew the old one", name, key)
			}
		}
	}
}

func TestInstallation_lostKeyIsLoud(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	secret := &corev1.Secret{}
	w.get(w.namespace, KeysSecret, secret)
	if err := w.cluster.Delete(w.ctx, secret.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if err := w.operator.installation.Ensure(w.ctx); err == nil || !strings.Contains(err.Error(), KeysSecret) {
		t.Fatalf("a lost key gives %v", err)
	}
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonKeyMissing, w.namespace+"/"+KeysSecret, "backup")

	w.create(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, KeysSecret), Data: map[string][]byte{"key": []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")}})
	_ = w.operator.installation.Ensure(w.ctx)
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonKeyMismatch, "restore the right Secret")

	wrong := &corev1.Secret{}
	w.get(w.namespace, KeysSecret, wrong)
	change(w, wrong, func(s *corev1.Secret) { s.Data = secret.Data })
	w.converge()
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
}
