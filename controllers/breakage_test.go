package controllers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenant"
)

// Every way in which a server can be out of reach ends in a reason and in words that name the remedy, on the server and on
// the county that waits for it, and is over when the cause is.
func TestBreakage_server(t *testing.T) {
	edit := func(f func(*v1alpha1.PostgresServer)) func(*world, *proxy) {
		return func(w *world, _ *proxy) { change(w, w.getServer(), f) }
	}
	secret := func(key, value string) func(*world, *proxy) {
		return func(w *world, _ *proxy) {
			found := &corev1.Secret{}
			w.get(w.namespace, "admin", found)
			change(w, found, func(s *corev1.Secret) { s.Data[key] = []byte(value) })
		}
	}
	rightPassword := func(w *world, p *proxy) {
		secret("password", w.options.Directory.Password)(w, p)
		secret("username", w.options.Directory.User)(w, p)
	}
	there := edit(func(s *v1alpha1.PostgresServer) { s.Spec.Host, s.Spec.SSLMode = "127.0.0.1", "disable" })
	for name, c := range map[string]struct {
		harm   func(w *world, p *proxy)
		mend   func(w *world, p *proxy)
		reason string
		words  []string
	}{
		"stopped and started again": {func(_ *world, p *proxy) { p.stop() }, func(_ *world, p *proxy) { p.start() },
			v1alpha1.ReasonUnreachable, nil},
		"wrong password": {secret("password", "wrong"), rightPassword, v1alpha1.ReasonWrongPassword, []string{"adminSecretRef"}},
		"no password":    {secret("password", ""), rightPassword, v1alpha1.ReasonSecretMissing, []string{"username and password"}},
		"Secret deleted": {
			func(w *world, _ *proxy) {
				_ = w.cluster.Delete(w.ctx, &corev1.Secret{ObjectMeta: objectMeta(w.namespace, "admin")})
			},
			func(w *world, _ *proxy) {
				w.create(&corev1.Secret{ObjectMeta: objectMeta(w.namespace, "admin"), Data: map[string][]byte{
					"username": []byte(w.options.Directory.User), "password": []byte(w.options.Directory.Password)}})
			}, v1alpha1.ReasonSecretMissing, []string{"kubectl -n ", "create secret generic admin"}},
		"unknown host": {edit(func(s *v1alpha1.PostgresServer) { s.Spec.Host = "nowhere.invalid" }), there, v1alpha1.ReasonUnknownHost, nil},
		"certificate of nobody we know": {
			func(w *world, p *proxy) {
				p.speakTLS()
				edit(func(s *v1alpha1.PostgresServer) { s.Spec.SSLMode = "verify-full" })(w, p)
			},
			func(w *world, p *proxy) { p.speakPlain(); there(w, p) },
			v1alpha1.ReasonUntrustedCertificate, []string{"ca"}},
		"login without rights": {
			func(w *world, p *proxy) {
				w.exec("postgres", `CREATE ROLE weak_`+w.county+` LOGIN PASSWORD 'weak'`)
				w.t.Cleanup(func() { w.exec("postgres", `DROP ROLE weak_`+w.county) })
				secret("password", "weak")(w, p)
				secret("username", "weak_"+w.county)(w, p)
			}, rightPassword, v1alpha1.ReasonMissingRight, []string{"CREATE"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := newProxy(t, w.options.Directory)
			town := w.provisionAt(p)
			c.harm(w, p)
			w.reconcileServer()
			got := w.getServer()
			expect(t, got.Status.Conditions, "Ready", metav1.ConditionFalse, c.reason, c.words...)
			w.reconcileCounty()
			expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonServerNotReady, w.server)
			c.mend(w, p)
			eventually(t, 30*time.Second, "ready again", func() bool {
				w.reconcileServer()
				w.reconcileCounty()
				w.reconcileTown(town)
				return meta.IsStatusConditionTrue(w.getCounty().Status.Conditions, "Ready") &&
					meta.IsStatusConditionTrue(w.getTown(town).Status.Conditions, "Ready")
			})
		})
	}
}

// A dead server says so at once on every resource, without each one waiting for it.
func TestBreakage_breakerSparesWorkers(t *testing.T) {
	w := newWorld(t)
	p := newProxy(t, w.options.Directory)
	town := w.provisionAt(p)
	w.operator.settlements.forget(w.getTown(town).UID) // it has to be looked at again
	p.stop()
	w.reconcileTown(town)
	started := time.Now()
	for range 20 {
		w.reconcileTown(town)
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("20 reconciles against a dead server took %s", took)
	}
	expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonUnreachable)
	select {
	case poked := <-w.operator.serverPokes:
		if poked.Object.GetName() != w.server {
			t.Errorf("poked %s", poked.Object.GetName())
		}
	default:
		t.Error("the PostgresServer was not told that it does not answer")
	}
}

// breakage is what a person does by hand, and how to tell that it was put right.
type breakage struct {
	harm  func(w *world, town string)
	whole func(w *world, town string) bool
	event string
}

// What a person changes in the cluster is put back, told as an event, and the township ends Ready.
func TestBreakage_objectsByHand(t *testing.T) {
	deployment := func(w *world, town string) *appsv1.Deployment {
		found := &appsv1.Deployment{}
		w.get("county-"+w.county, tenant.ObjectName(town), found)
		return found
	}
	remove := func(object client.Object) func(*world, string) {
		return func(w *world, town string) {
			object.SetNamespace("county-" + w.county)
			object.SetName(tenant.ObjectName(town))
			if err := w.cluster.Delete(w.ctx, object); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	mend(t, map[string]breakage{
		"Secret deleted": {remove(&corev1.Secret{}), func(w *world, town string) bool { return w.login(town) == nil }, "Secret t-"},
		"password in the Secret edited": {func(w *world, town string) {
			found := &corev1.Secret{}
			w.get("county-"+w.county, tenant.ObjectName(town), found)
			change(w, found, func(s *corev1.Secret) { s.Data[tenant.SecretPassword] = []byte("chosen-by-hand") })
		}, func(w *world, town string) bool { return w.login(town) == nil }, ""},
		"data keys in the Secret edited": {func(w *world, town string) {
			found := &corev1.Secret{}
			w.get("county-"+w.county, tenant.ObjectName(town), found)
			change(w, found, func(s *corev1.Secret) { s.Data[tenant.SecretDataKeys] = []byte("1:AAAA") })
		}, func(w *world, town string) bool {
			found := &corev1.Secret{}
			return w.exists(town, found) && len(found.Data[tenant.SecretDataKeys]) > 40
		}, "Secret t-"},
		"Deployment deleted": {remove(&appsv1.Deployment{}), func(w *world, town string) bool { return w.exists(town, &appsv1.Deployment{}) }, "Deployment t-"},
		"image of the Deployment edited": {func(w *world, town string) {
			change(w, deployment(w, town), func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "evil:latest" })
		}, func(w *world, town string) bool {
			return deployment(w, town).Spec.Template.Spec.Containers[0].Image == "tiaojie:test"
		}, "Deployment t-"},
		"container added to the Deployment": {func(w *world, town string) {
			change(w, deployment(w, town), func(d *appsv1.Deployment) {
				d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: "extra", Image: "extra"})
			})
		}, func(w *world, town string) bool {
			return len(deployment(w, town).Spec.Template.Spec.Containers) == 1
		}, "Deployment t-"},
		"Service edited": {func(w *world, town string) {
			found := &corev1.Service{}
			w.get("county-"+w.county, tenant.ObjectName(town), found)
			change(w, found, func(s *corev1.Service) { s.Spec.Selector["app"] = "another" })
		}, func(w *world, town string) bool { return w.exists(town, &corev1.Service{}) }, ""},
		"NetworkPolicy deleted": {remove(&networkingv1.NetworkPolicy{}), func(w *world, town string) bool {
			return w.exists(town, &networkingv1.NetworkPolicy{})
		}, "NetworkPolicy t-"},
	})
}

// So is what a person changes in PostgreSQL, which sends no events: the county's sweep sees it.
func TestBreakage_rolesByHand(t *testing.T) {
	statement := func(sql string) func(*world, string) {
		return func(w *world, town string) { w.exec("county_"+w.county, substitute(sql, town)) }
	}
	answers := func(sql, want string) func(*world, string) bool {
		return func(w *world, town string) bool { return w.query("county_"+w.county, substitute(sql, town)) == want }
	}
	mend(t, map[string]breakage{
		"login closed": {statement(`ALTER ROLE t{town}_a NOLOGIN`), answers(`SELECT rolcanlogin::text FROM pg_roles WHERE rolname = 't{town}_a'`, "true"), "login"},
		"connection limit lifted": {statement(`ALTER ROLE t{town}_a CONNECTION LIMIT -1`),
			answers(`SELECT rolconnlimit::text FROM pg_roles WHERE rolname = 't{town}_a'`, "10"), "login"},
		"role made maker of roles": {statement(`ALTER ROLE t{town} CREATEROLE`),
			answers(`SELECT rolcreaterole::text FROM pg_roles WHERE rolname = 't{town}'`, "false"), "roles"},
		"membership granted": {statement(`GRANT o{town} TO t{town}`),
			answers(`SELECT pg_has_role('t{town}', 'o{town}', 'member')::text`, "false"), "roles"},
		"grant to everybody": {statement(`GRANT SELECT ON t{town}.cases TO PUBLIC`),
			answers(`SELECT has_table_privilege('tiaojie_worker', 't{town}.cases', 'SELECT')::text`, "false"), "grants"},
		"grant revoked": {statement(`REVOKE INSERT ON t{town}.cases FROM t{town}`),
			answers(`SELECT has_table_privilege('t{town}', 't{town}.cases', 'INSERT')::text`, "true"), "grants"},
	})
}

// What a superuser did only a superuser can undo: the words are the statement, and it is over once that was run.
func TestBreakage_roleMadeSuperuser(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	for _, role := range []string{"t" + town, "t" + town + "_a"} {
		t.Run(role, func(t *testing.T) {
			w.exec("postgres", `ALTER ROLE `+role+` SUPERUSER`)
			remedy := `ALTER ROLE "` + role + `" NOSUPERUSER`
			w.sweep()
			w.reconcileTown(town)
			expect(t, w.getTown(town).Status.Conditions, "Stalled", metav1.ConditionTrue, v1alpha1.ReasonMissingRight, "superuser", remedy)
			w.exec("postgres", remedy)
			w.reconcileTown(town)
			expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
		})
	}
}

// No catalog shows whether a password is still the Secret's: it is tried while the instances do not answer.
func TestBreakage_loginPasswordByHand(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	w.rollOut(town, 1)
	w.reconcileTown(town)
	w.exec("postgres", `ALTER ROLE t`+town+`_a PASSWORD 'chosen-by-hand'`)
	made, _ := w.operator.settlements.find(w.getTown(town).UID)
	made.proved = time.Now().Add(-loginCheck)
	w.operator.settlements.put(w.getTown(town).UID, made)
	w.reconcileTown(town)
	if w.login(town) == nil {
		t.Error("the login of instances that answer was tried: that is one connection more for every township")
	}
	w.rollOut(town, 0)
	w.reconcileTown(town)
	if err := w.login(town); err != nil {
		t.Errorf("instances do not answer and the login is still refused: %v", err)
	}
	if !w.eventsHold("changed by hand and put right: login") {
		t.Error("no event tells of it")
	}
	w.exec("postgres", `ALTER ROLE t`+town+`_a PASSWORD 'chosen-again'`)
	result := w.reconcileTown(town)
	if result.RequeueAfter > 2*loginCheck {
		t.Errorf("it is looked at again after %s only", result.RequeueAfter)
	}
	if w.login(town) == nil {
		t.Error("the login was tried again at once: a rollout's many events would open as many connections")
	}
}

// mend does every harm to a township of its own and looks whether it was put right.
func mend(t *testing.T, table map[string]breakage) {
	w := newWorld(t)
	w.declareServer()
	w.declareCounty()
	w.converge()
	next := 100
	for name, c := range table {
		next++
		town := w.declareTown(fmt.Sprint(next))
		t.Run(name, func(t *testing.T) {
			w.reconcileTown(town)
			w.rollOut(town, 1)
			w.reconcileTown(town)
			c.harm(w, town)
			w.sweep()
			w.reconcileTown(town)
			if !c.whole(w, town) {
				t.Error("it was not put back")
			}
			if c.event != "" && !w.eventsHold(c.event) {
				t.Errorf("no event speaks of %q", c.event)
			}
			expect(t, w.getTown(town).Status.Conditions, "Ready", metav1.ConditionTrue, "")
		})
	}
}

// sweep is the county's own timer.
func (w *world) sweep() {
	w.t.Helper()
	w.operator.observations.forget(w.county)
	w.reconcileCounty()
}

// The county's sweep sees what was changed by hand in PostgreSQL, which sends no events, and sends the township to work.
func TestBreakage_sweepFindsDrift(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	drain(w)
	w.exec("county_"+w.county, `GRANT SELECT ON t`+town+`.cases TO PUBLIC`)
	w.sweep()
	select {
	case poked := <-w.operator.townPokes:
		if poked.Object.GetName() != town {
			t.Errorf("poked %s, want %s", poked.Object.GetName(), town)
		}
	default:
		t.Error("the sweep saw nothing")
	}
}

// What the towns of a county share is put back too.
func TestBreakage_countyByHand(t *testing.T) {
	w := newWorld(t)
	w.provision()
	for name, c := range map[string]struct{ harm, ask, want string }{
		"row-level security switched off": {`ALTER TABLE county.case_index DISABLE ROW LEVEL SECURITY`,
			`SELECT relrowsecurity::text FROM pg_class WHERE oid = 'county.case_index'::regclass`, "true"},
		"claims shown to a town": {`GRANT SELECT ON county.claim TO t{town}`,
			`SELECT has_table_privilege('t{town}', 'county.claim', 'SELECT')::text`, "false"},
	} {
		t.Run(name, func(t *testing.T) {
			town := w.county + "101"
			w.exec("county_"+w.county, substitute(c.harm, town))
			w.sweep()
			select {
			case poked := <-w.operator.countyPokes:
				if poked.Object.GetName() != w.county {
					t.Errorf("poked %s", poked.Object.GetName())
				}
			default:
				t.Error("the sweep saw nothing")
			}
			w.reconcileCounty()
			if got := w.query("county_"+w.county, substitute(c.ask, town)); got != c.want {
				t.Errorf("it was not put back: %s", got)
			}
			if !w.eventsHold("DriftRepaired") {
				t.Error("no event tells of it")
			}
			expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
		})
	}
}

// A directory that cannot be used does not end the operator: every resource says so, and it is over when the cause is.
func TestBreakage_directory(t *testing.T) {
	w := newWorld(t)
	right := w.options.Directory.Password
	w.options.Directory.Password = "wrong"
	w.restart()
	w.declareServer()
	w.declareCounty()
	if w.operator.installation.Ensure(w.ctx) == nil {
		t.Fatal("a wrong password is no failure")
	}
	w.reconcileServer()
	expect(t, w.getServer().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonDirectory, "directory", "password")
	w.reconcileCounty()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionFalse, v1alpha1.ReasonDirectory)
	w.operator.options.Directory.Password = right
	w.converge()
	expect(t, w.getCounty().Status.Conditions, "Ready", metav1.ConditionTrue, "")
}

func substitute(sql, town string) string { return strings.ReplaceAll(sql, "{town}", town) }

func drain(w *world) {
	for {
		select {
		case <-w.operator.townPokes:
		default:
			return
		}
	}
}

// speakTLS answers PostgreSQL's request for encryption with a certificate that nobody signed.
func (p *proxy) speakTLS() {
	p.stop()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				request := make([]byte, 8)
				if _, err := connection.Read(request); err != nil {
					return
				}
				_, _ = connection.Write([]byte{'S'})
				_ = tls.Server(connection, config).Handshake()
			}()
		}
	}()
}

func (p *proxy) speakPlain() {
	p.stop()
	p.start()
}
