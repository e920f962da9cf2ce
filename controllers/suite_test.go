package controllers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// apiserver is the kube-apiserver that the tests of this room share. It has no controllers: tests that need a
// Deployment's status write it themselves.
var apiserver *rest.Config

// assets is the directory of its binaries.
var assets string

var countiesGiven atomic.Int32

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	log.SetLogger(logr.Discard())
	assets = os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		assets = filepath.Join("..", ".tiaojie", "assets")
	}
	assets, _ = filepath.Abs(assets)
	if _, err := os.Stat(filepath.Join(assets, "kube-apiserver")); err != nil {
		fmt.Fprintf(os.Stderr, "no kube-apiserver to test with (%v): run  make assets\n", err)
		return 1
	}
	environment := &envtest.Environment{
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     []string{filepath.Join("..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	config, err := environment.Start()
	if err != nil {
		fmt.Fprintf(os.Stderr, "start kube-apiserver: %v\n", err)
		return 1
	}
	defer func() { _ = environment.Stop() }()
	apiserver = config
	return m.Run()
}

// world is one installation: an operator's namespace, a PostgresServer and a county, none shared with another test.
type world struct {
	t         *testing.T
	ctx       context.Context
	cluster   client.Client
	namespace string
	server    string
	county    string
	options   Options
	operator  *Operator
	events    *events.FakeRecorder
	counties  []string // others that the test made
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	return newWorldAlone(t)
}

func newWorldAlone(t *testing.T) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{AddToScheme, admissionv1.AddToScheme, autoscalingv1.AddToScheme, eventsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	cluster, err := client.New(apiserver, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("%08x", rand.Uint32())
	admin := pgtest.Server(t)
	w := &world{t: t, ctx: t.Context(), cluster: cluster, namespace: "tiaojie-" + id, server: "server-" + id}
	w.county = w.unusedCounty()
	w.options = Options{
		Namespace: w.namespace,
		Directory: tenantdb.Endpoint{Host: admin.Host, Port: admin.Port, Database: "postgres", User: admin.User,
			Password: admin.Password, SSLMode: "disable"},
		DirectoryName: pgtest.UnusedDatabase(t),
		Values: tenant.Values{Image: "tiaojie:test", Listen: ":8080", OperationsListen: ":8081", NetworkPolicy: true,
			API:   tenant.API{Issuer: "https://issuer.example", Audience: "tiaojie", PublicURL: "https://tiaojie.example"},
			Route: tenant.Route{Kind: tenant.RouteIngress}},
	}
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})
	// Roles are one per PostgreSQL server: all tests on it agree on the server-wide passwords.
	w.create(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, LoginsSecret), Data: map[string][]byte{
		"api-password": []byte(pgtest.APIPassword), "worker-password": []byte(pgtest.WorkerPassword)}})
	w.create(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, "admin"), Data: map[string][]byte{
		"username": []byte(admin.User), "password": []byte(admin.Password)}})
	w.sharedAPI(1)
	w.restart()
	t.Cleanup(w.cleanUp)
	return w
}

// unusedCounty is a well-formed code that no role of the server has. Other rooms' tests use codes that begin with 99.
func (w *world) unusedCounty() string {
	connection := pgtest.Connect(w.t, pgtest.Superuser(w.t))
	defer func() { _ = connection.Close(context.Background()) }()
	for {
		number := countiesGiven.Add(1) // no two tests of this room get the same
		code := fmt.Sprintf("37%02d%02d", 1+number/98, 1+number%98)
		var used bool
		const ask = `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'o' || $1)`
		if err := connection.QueryRow(w.ctx, ask, code).Scan(&used); err != nil {
			w.t.Fatal(err)
		}
		if !used {
			return code
		}
	}
}

// restart is a new process: nothing that the old one remembered is left.
func (w *world) restart() {
	if w.operator != nil {
		w.operator.installation.close()
		w.operator.Close()
	}
	w.events = events.NewFakeRecorder(4096)
	w.options.Registerer = prometheus.NewRegistry()
	operator, err := New(Cluster{Client: w.cluster, Reader: w.cluster, Recorder: w.events}, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.operator = operator
}

func (w *world) cleanUp() {
	w.ctx = context.Background()
	var towns v1alpha1.TownshipList
	if err := w.cluster.List(w.ctx, &towns, client.InNamespace(v1alpha1.NamespaceOf(w.county))); err == nil {
		for i := range towns.Items {
			towns.Items[i].Finalizers = nil
			_ = w.cluster.Update(w.ctx, &towns.Items[i])
			_ = w.cluster.Delete(w.ctx, &towns.Items[i])
		}
	}
	w.operator.installation.close()
	w.operator.Close()
	for _, county := range append(w.counties, w.county) {
		pgtest.RemoveCounty(w.t, county)
	}
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.cluster.Create(w.ctx, object); err != nil {
		w.t.Fatalf("create %T %s: %v", object, object.GetName(), err)
	}
}

// sharedAPI says how many instances of the shared API answer.
func (w *world) sharedAPI(available int32) {
	w.t.Helper()
	labels := map[string]string{"app": "tiaojie-api", tenant.PartOfLabel: tenant.Product}
	deployment := newDeployment(w.namespace, "tiaojie-api")
	if err := w.cluster.Get(w.ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
		deployment.Labels = labels
		deployment.Spec = appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Image: "tiaojie:test"}}}}}
		w.create(deployment)
	}
	w.setStatus(deployment, available)
}

// rollOut does what the cluster's controllers would: the township's instances answer.
func (w *world) rollOut(code string, available int32) {
	w.t.Helper()
	deployment := newDeployment(v1alpha1.NamespaceOf(w.county), tenant.ObjectName(code))
	if err := w.cluster.Get(w.ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
		w.t.Fatal(err)
	}
	w.setStatus(deployment, available)
}

func (w *world) setStatus(deployment *appsv1.Deployment, available int32) {
	w.t.Helper()
	deployment.Status = appsv1.DeploymentStatus{ObservedGeneration: deployment.Generation, Replicas: available,
		UpdatedReplicas: available, ReadyReplicas: available, AvailableReplicas: available}
	if err := w.cluster.Status().Update(w.ctx, deployment); err != nil {
		w.t.Fatal(err)
	}
}

// declareServer declares the PostgresServer; change alters it before.
func (w *world) declareServer(change ...func(*v1alpha1.PostgresServer)) {
	w.t.Helper()
	server := &v1alpha1.PostgresServer{ObjectMeta: metav1.ObjectMeta{Name: w.server}, Spec: v1alpha1.PostgresServerSpec{
		Host: w.options.Directory.Host, Port: int32(w.options.Directory.Port), SSLMode: "disable",
		AdminSecretRef: v1alpha1.SecretReference{Name: "admin"}}}
	for _, f := range change {
		f(server)
	}
	w.create(server)
}

func (w *world) declareCounty(change ...func(*v1alpha1.County)) {
	w.t.Helper()
	county := &v1alpha1.County{ObjectMeta: metav1.ObjectMeta{Name: w.county}, Spec: v1alpha1.CountySpec{
		DisplayName: "试验县", ServerRef: v1alpha1.ServerReference{Name: w.server}}}
	for _, f := range change {
		f(county)
	}
	w.create(county)
}

// declareTown declares a township of the county by its last three digits and gives its code.
func (w *world) declareTown(suffix string, change ...func(*v1alpha1.Township)) string {
	w.t.Helper()
	town := &v1alpha1.Township{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.NamespaceOf(w.county), Name: w.county + suffix},
		Spec: v1alpha1.TownshipSpec{DisplayName: "孙武镇", Kind: v1alpha1.KindTown}}
	for _, f := range change {
		f(town)
	}
	w.create(town)
	return town.Name
}

// provision declares a server, a county and one town and brings them up; it gives the town's code.
func (w *world) provision(change ...func(*v1alpha1.Township)) string {
	w.t.Helper()
	w.declareServer()
	w.declareCounty()
	w.converge()
	town := w.declareTown("101", change...)
	w.converge()
	return town
}

// converge reconciles everything of the world twice, as the queues would, and fails on an unexpected error.
func (w *world) converge() {
	w.t.Helper()
	if err := w.operator.installation.Ensure(w.ctx); err != nil {
		w.t.Fatalf("installation: %v", err)
	}
	for range 2 {
		w.reconcileServer()
		w.reconcileCounty()
		for _, code := range w.towns() {
			w.reconcileTown(code)
		}
	}
}

func (w *world) towns() (codes []string) {
	var towns v1alpha1.TownshipList
	if err := w.cluster.List(w.ctx, &towns, client.InNamespace(v1alpha1.NamespaceOf(w.county))); err != nil {
		w.t.Fatal(err)
	}
	for i := range towns.Items {
		codes = append(codes, towns.Items[i].Name)
	}
	return codes
}

func (w *world) reconcileServer() {
	w.t.Helper()
	w.reconciled(w.operator.ReconcileServer(w.ctx, named("", w.server)))
}

func (w *world) reconcileCounty() {
	w.t.Helper()
	w.reconciled(w.operator.ReconcileCounty(w.ctx, named("", w.county)))
}

func (w *world) reconcileTown(code string) reconcile.Result {
	w.t.Helper()
	return w.reconciled(w.operator.ReconcileTownship(w.ctx, named(v1alpha1.NamespaceOf(w.county), code)))
}

func (w *world) reconciled(result reconcile.Result, err error) reconcile.Result {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("reconcile: %v", err)
	}
	return result
}

func (w *world) getServer() *v1alpha1.PostgresServer {
	w.t.Helper()
	server := &v1alpha1.PostgresServer{}
	w.get("", w.server, server)
	return server
}

func (w *world) getCounty() *v1alpha1.County {
	w.t.Helper()
	county := &v1alpha1.County{}
	w.get("", w.county, county)
	return county
}

func (w *world) getTown(code string) *v1alpha1.Township {
	w.t.Helper()
	town := &v1alpha1.Township{}
	w.get(v1alpha1.NamespaceOf(w.county), code, town)
	return town
}

func (w *world) get(namespace, name string, object client.Object) {
	w.t.Helper()
	if err := w.cluster.Get(w.ctx, client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		w.t.Fatalf("get %T %s: %v", object, name, err)
	}
}

// exists tells whether an object of a township is there.
func (w *world) exists(code string, object client.Object) bool {
	w.t.Helper()
	err := w.cluster.Get(w.ctx, client.ObjectKey{Namespace: v1alpha1.NamespaceOf(w.county), Name: tenant.ObjectName(code)}, object)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return err == nil && object.GetDeletionTimestamp() == nil
}

// change edits a resource as a person would.
func change[T client.Object](w *world, object T, edit func(T)) {
	w.t.Helper()
	before := object.DeepCopyObject().(client.Object)
	edit(object)
	if err := w.cluster.Patch(w.ctx, object, client.MergeFrom(before)); err != nil {
		w.t.Fatal(err)
	}
}

// expect checks a condition's status and reason, and that its message holds the words.
func expect(t *testing.T, conditions []metav1.Condition, kind string, status metav1.ConditionStatus, reason string, words ...string) {
	t.Helper()
	found := meta.FindStatusCondition(conditions, kind)
	if found == nil {
		t.Fatalf("no condition %s in %v", kind, conditions)
	}
	if found.Status != status || (reason != "" && found.Reason != reason) {
		t.Fatalf("%s = %s/%s (%s), want %s/%s", kind, found.Status, found.Reason, found.Message, status, reason)
	}
	for _, word := range words {
		if !strings.Contains(found.Message, word) {
			t.Errorf("%s says %q, which does not hold %q", kind, found.Message, word)
		}
	}
}

func (w *world) eventsHold(words string) bool {
	for {
		select {
		case event := <-w.events.Events:
			if strings.Contains(event, words) {
				return true
			}
		default:
			return false
		}
	}
}

func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("after %s: not yet %s", within, what)
}

// database gives the address of a database as a superuser, for what a person does by hand.
func (w *world) database(name string) tenantdb.Endpoint {
	address := pgtest.Superuser(w.t)
	address.Database = name
	return address
}

// query gives one text from a database; "" when there is no row.
func (w *world) query(database, sql string, args ...any) string {
	w.t.Helper()
	connection := pgtest.Connect(w.t, w.database(database))
	defer func() { _ = connection.Close(context.Background()) }()
	var found string
	if err := connection.QueryRow(w.ctx, sql, args...).Scan(&found); err != nil && !strings.Contains(err.Error(), "no rows") {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return found
}

func (w *world) exec(database, sql string, args ...any) {
	w.t.Helper()
	connection := pgtest.Connect(w.t, w.database(database))
	defer func() { _ = connection.Close(context.Background()) }()
	if _, err := connection.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// login tries the township's Secret at its database, as its instances do.
func (w *world) login(code string) error {
	w.t.Helper()
	secret := &corev1.Secret{}
	if !w.exists(code, secret) {
		w.t.Fatalf("township %s has no Secret", code)
	}
	address := w.database("county_" + w.county)
	address.User, address.Password = string(secret.Data[tenant.SecretUser]), string(secret.Data[tenant.SecretPassword])
	connection, err := pgtest.TryConnect(address)
	if err != nil {
		return err
	}
	return connection.Close(context.Background())
}

// applied is how many objects this operator has sent since it started.
func (w *world) applied() (sum float64) {
	families, err := w.options.Registerer.(*prometheus.Registry).Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "tiaojie_applied_objects_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			sum += metric.GetCounter().GetValue()
		}
	}
	return sum
}

// versions are the resourceVersions of everything that belongs to the county and the township. The PostgresServer counts
// the counties of other tests too, so it is left out.
func (w *world) versions(code string, besides ...client.Object) map[string]string {
	w.t.Helper()
	namespace, name := v1alpha1.NamespaceOf(w.county), tenant.ObjectName(code)
	result := map[string]string{}
	for _, object := range besides {
		object.SetNamespace(namespace)
		object.SetName(name)
	}
	for _, object := range append(besides,
		&v1alpha1.County{ObjectMeta: objectMeta("", w.county)},
		&v1alpha1.Township{ObjectMeta: objectMeta(namespace, code)}, &v1alpha1.Township{ObjectMeta: objectMeta(namespace, w.county+"000")},
		&corev1.Namespace{ObjectMeta: objectMeta("", namespace)}, &corev1.Secret{ObjectMeta: objectMeta(w.namespace, LoginsSecret)},
		&corev1.Secret{ObjectMeta: objectMeta(w.namespace, KeysSecret)}, &corev1.ResourceQuota{ObjectMeta: objectMeta(namespace, "tiaojie")},
		&corev1.Secret{ObjectMeta: objectMeta(namespace, name)}, &appsv1.Deployment{ObjectMeta: objectMeta(namespace, name)},
		&corev1.Service{ObjectMeta: objectMeta(namespace, name)}, &networkingv1.NetworkPolicy{ObjectMeta: objectMeta(namespace, name)},
	) {
		w.get(object.GetNamespace(), object.GetName(), object)
		result[fmt.Sprintf("%T %s", object, object.GetName())] = object.GetResourceVersion()
	}
	return result
}

// openCase files a case in the county's index without its text: all that the operator counts.
const openCase = `INSERT INTO county.case_index (origin, case_id, custodian, state, type, source, registration, tags, masked_parties, filed_at, updated_at, version, open)
	VALUES ($1, gen_random_uuid(), $1, 'accepted', '01', 'application', gen_random_uuid()::text, '{}', '{}', current_timestamp, now(), 1, true)`
