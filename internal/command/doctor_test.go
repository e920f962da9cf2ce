package command

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// doctor runs the subcommand through the command line, in English unless the arguments say otherwise.
func doctor(t *testing.T, args ...string) (out, messages string, code int) {
	t.Helper()
	t.Setenv("KUBECONFIG", "")
	t.Setenv("LC_ALL", "C.UTF-8")
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), append([]string{"doctor"}, args...), IO{Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), code
}

// expect compares lines of the report with what they must hold; the mark is part of a line.
func expect(t *testing.T, reason, out string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(out, line) {
			t.Errorf("%s: the report lacks %q:\n%s", reason, line, out)
		}
	}
}

// testPostgres is the superuser's URL of the server that tests use.
func testPostgres(t *testing.T) *url.URL {
	t.Helper()
	text := os.Getenv("TIAOJIE_TEST_POSTGRES")
	parsed, err := url.Parse(text)
	if text == "" || err != nil {
		t.Fatal(`no PostgreSQL for tests: run eval "$(hack/postgres.sh start test)"`)
	}
	return parsed
}

// login makes a login of its own for a test and returns its URL.
func login(t *testing.T, rights string) string {
	t.Helper()
	server := testPostgres(t)
	conn, err := pgx.Connect(t.Context(), server.String())
	if err != nil {
		t.Fatal(err)
	}
	name := "doctor_" + strings.ToLower(rand.Text()[:10])
	if _, err := conn.Exec(t.Context(), fmt.Sprintf("CREATE ROLE %s LOGIN %s PASSWORD 'x'", name, rights)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	server.User = url.UserPassword(name, "x")
	return server.String()
}

func TestDoctorPostgres(t *testing.T) {
	able := login(t, "CREATEROLE CREATEDB")
	out, messages, code := doctor(t, "--postgres", able, "--towns", "4")
	if code != 0 {
		t.Errorf("a login with CREATEROLE and CREATEDB: exit %d\n%s%s", code, out, messages)
	}
	expect(t, "no superuser is needed", out, "✓ PostgreSQL reachable: ", "✓ PostgreSQL 15 or newer: ", "✓ login may create", "✓ UTF-8", "✓ max_connections for 4 towns: ")

	weak := login(t, "")
	out, messages, code = doctor(t, "--postgres", weak, "--towns", "1000")
	expect(t, "what lacks is named with its remedy", out, "✗ login may create", "CREATEROLE", "CREATEDB", "→ ALTER ROLE <login>",
		"✗ max_connections for 1000 towns", "→ set max_connections to 10040 or more")
	if code != 1 || !strings.Contains(messages, "2 of 5 checks failed") {
		t.Errorf("exit %d, %q", code, messages)
	}

	out, _, code = doctor(t, "--postgres", weak, "--lang", "zh")
	expect(t, "in Chinese too", out, "✗ 登录角色可建角色", " 缺少 CREATEROLE", "：请以超级用户执行 ALTER ROLE", "→ 执行 ALTER ROLE", "✓ 数据库可连接", "✓ max_connections 可容纳 16 个乡镇: ", "最多需要 200")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestDoctorPostgresBroken(t *testing.T) {
	wrong, closed, unknown := *testPostgres(t), *testPostgres(t), *testPostgres(t)
	wrong.User = url.UserPassword(wrong.User.Username(), "not-the-password")
	closed.Host = "127.0.0.1:1"
	unknown.Host = "no-such-host.invalid:5432"
	cases := map[string]struct {
		reason, url string
		want        []string
		zh          string
	}{
		"Password":    {"a wrong password", wrong.String(), []string{"✗ PostgreSQL reachable", "→ check user and password"}, "✗ 数据库可连接: 服务器拒绝该用户名和密码"},
		"Unreachable": {"nobody listens", closed.String(), []string{"✗ PostgreSQL reachable", "→ check host and port"}, "✗ 数据库可连接: 服务器没有响应"},
		"UnknownHost": {"a host without an address", unknown.String(), []string{"✗ PostgreSQL reachable", "→ check the host's spelling"}, "✗ 数据库可连接: 无法解析主机名"},
		"Malformed":   {"no URL at all", "10.0.0.7", []string{"✗ PostgreSQL reachable", "→ write postgres://"}, "✗ 数据库可连接: 数据库地址有误"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, _, code := doctor(t, "--postgres", tc.url)
			if code != 1 {
				t.Errorf("%s: exit %d", tc.reason, code)
			}
			expect(t, tc.reason, out, tc.want...)
			chinese, _, _ := doctor(t, "--postgres", tc.url, "--lang", "zh")
			expect(t, tc.reason+", in Chinese", chinese, tc.zh)
			if strings.Contains(out+chinese, "not-the-password") {
				t.Errorf("%s: the report repeats the password", tc.reason)
			}
		})
	}
}

// apiServer starts a real kube-apiserver and returns its environment and an administrator's kubeconfig.
func apiServer(t *testing.T, flags ...string) (*envtest.Environment, string) {
	t.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		assets = filepath.Join("..", "..", ".tiaojie", "assets")
	}
	if _, err := os.Stat(filepath.Join(assets, "kube-apiserver")); err != nil {
		t.Fatalf("no kube-apiserver for tests: run make assets (%v)", err)
	}
	environment := &envtest.Environment{BinaryAssetsDirectory: assets}
	for _, flag := range flags {
		name, value, _ := strings.Cut(flag, "=")
		environment.ControlPlane.GetAPIServer().Configure().Append(name, value)
	}
	if _, err := environment.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Error(err)
		}
	})
	return environment, kubeconfigFile(t, environment, "administrator", "system:masters")
}

func kubeconfigFile(t *testing.T, environment *envtest.Environment, name string, groups ...string) string {
	t.Helper()
	user, err := environment.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDoctorCluster(t *testing.T) {
	environment, administrator := apiServer(t)
	out, _, code := doctor(t, "--kubeconfig", administrator)
	expect(t, "an API server without an ingress controller", out, "✓ cluster reachable", "✓ Kubernetes 1.34.0 or newer: v1.", "✓ custom resources",
		"✓ validating admission policies", "✓ rights to install", "✓ pod security levels are enforced", "✗ ingress class: no default class", "→ install an ingress controller")
	if code != 1 {
		t.Errorf("exit %d", code)
	}

	client := kubernetes.NewForConfigOrDie(environment.Config)
	class := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: "nginx"}, Spec: networkingv1.IngressClassSpec{Controller: "example.com/nginx"}}
	class, err := client.NetworkingV1().IngressClasses().Create(t.Context(), class, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out, _, _ = doctor(t, "--kubeconfig", administrator)
	expect(t, "a class that is not the default", out, "✗ ingress class: no default class; the cluster has [nginx]")
	out, _, code = doctor(t, "--kubeconfig", administrator, "--ingress-class", "nginx")
	expect(t, "a class that is named", out, "✓ ingress class: nginx")
	if code != 0 {
		t.Errorf("a cluster with all it needs: exit %d\n%s", code, out)
	}
	class.Annotations = map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}
	if _, err := client.NetworkingV1().IngressClasses().Update(t.Context(), class, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	out, _, _ = doctor(t, "--kubeconfig", administrator)
	expect(t, "a default class", out, "✓ ingress class: nginx")

	out, _, code = doctor(t, "--kubeconfig", kubeconfigFile(t, environment, "nobody"))
	expect(t, "a person without rights", out, "✗ rights to install: create customresourcedefinitions", "→ use a kubeconfig of a cluster administrator")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	namespaces, err := client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range namespaces.Items {
		if strings.HasPrefix(namespace.Name, "tiaojie-doctor-") {
			t.Errorf("doctor left the namespace %s", namespace.Name)
		}
	}
}

func TestDoctorClusterWithoutPodSecurity(t *testing.T) {
	_, administrator := apiServer(t, "disable-admission-plugins=PodSecurity")
	out, _, _ := doctor(t, "--kubeconfig", administrator)
	expect(t, "labels that nobody reads", out, "✗ pod security levels are enforced: a namespace with an unknown level is accepted", "→ turn on the PodSecurity admission plugin")
}

func TestDoctorClusterUnreachable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:1"}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kubeconfig := range []string{file, filepath.Join(t.TempDir(), "absent")} {
		out, _, code := doctor(t, "--kubeconfig", kubeconfig)
		expect(t, "nobody answers", out, "✗ cluster reachable", "→ check the kubeconfig")
		if code != 1 {
			t.Errorf("exit %d", code)
		}
	}
}

// keySet is a key set with one key; private makes the mistake of publishing it whole.
func keySet(t *testing.T, private bool) []byte {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := jose.JSONWebKey{Key: secret, KeyID: "k1", Algorithm: "ES256", Use: "sig"}
	if !private {
		key = key.Public()
	}
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestDoctorKeySet(t *testing.T) {
	cases := map[string]struct{ reason, content, want string }{
		"Good":    {"one public key", string(keySet(t, false)), "✓ key set: 1 signing keys"},
		"Private": {"a private key must not lie there", string(keySet(t, true)), `✗ key set: key "k1" is private`},
		"Empty":   {"no key verifies nothing", `{"keys":[]}`, "✗ key set: it holds no public signing key"},
		"Other":   {"another file", "-----BEGIN", "✗ key set: not a key set"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "jwks.json")
			if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			out, _, code := doctor(t, "--jwks", file)
			expect(t, tc.reason, out, tc.want)
			if (code == 0) != strings.HasPrefix(tc.want, "✓") {
				t.Errorf("%s: exit %d", tc.reason, code)
			}
		})
	}
	out, _, _ := doctor(t, "--jwks", "/nonexistent/jwks.json")
	expect(t, "a file that is not there", out, "✗ key set: open /nonexistent/jwks.json")
}

func TestDoctorIssuer(t *testing.T) {
	documents := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, found := documents[r.URL.Path]; found {
			fmt.Fprint(w, text)
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	documents["/keys"] = string(keySet(t, false))
	documents["/good/.well-known/openid-configuration"] = fmt.Sprintf(`{"issuer":"%[1]s/good","jwks_uri":"%[1]s/keys"}`, server.URL)
	documents["/proxied/.well-known/openid-configuration"] = fmt.Sprintf(`{"issuer":"https://inside.example","jwks_uri":"%s/keys"}`, server.URL)
	documents["/keyless/.well-known/openid-configuration"] = fmt.Sprintf(`{"issuer":"%[1]s/keyless","jwks_uri":"%[1]s/none"}`, server.URL)
	cases := map[string]struct{ reason, issuer, want string }{
		"Good":    {"an issuer with a key", server.URL + "/good", "✓ issuer: 1 signing keys"},
		"Proxied": {"an issuer that calls itself otherwise fails every token", server.URL + "/proxied", `✗ issuer: it calls itself "https://inside.example"`},
		"Keyless": {"keys that are not there", server.URL + "/keyless", "/none answers 404"},
		"Nowhere": {"no issuer", server.URL + "/nowhere", "answers 404"},
		"Closed":  {"nobody listens", "http://127.0.0.1:1", "✗ issuer: "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, _, _ := doctor(t, "--issuer", tc.issuer)
			expect(t, tc.reason, out, tc.want)
		})
	}
}

func TestDoctorAsksForSomething(t *testing.T) {
	_, messages, code := doctor(t)
	if code != 1 || !strings.Contains(messages, "--postgres URL, --kubeconfig FILE") {
		t.Errorf("exit %d, %q", code, messages)
	}
}

func TestDoctorLanguage(t *testing.T) {
	cases := map[string]struct{ reason, option, all, lang, want string }{
		"Option":   {"the option decides", "en", "zh_CN.UTF-8", "zh_CN.UTF-8", "en"},
		"All":      {"LC_ALL before LANG", "", "zh_CN.UTF-8", "en_US.UTF-8", "zh"},
		"Lang":     {"LANG when nothing else is said", "", "", "zh_CN.UTF-8", "zh"},
		"Nothing":  {"English without a word", "", "", "", "en"},
		"OtherOne": {"English for everyone else", "", "de_DE.UTF-8", "zh_CN.UTF-8", "en"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LC_ALL", tc.all)
			t.Setenv("LC_MESSAGES", "")
			t.Setenv("LANG", tc.lang)
			if got := (&DoctorCommand{Lang: tc.option}).language(); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
