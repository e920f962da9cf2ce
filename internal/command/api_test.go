package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// TestAPICommand_readsWhatTheOperatorWrites feeds the Deployment that the operator renders into the command's own
// reader, so that the two cannot drift.
func TestAPICommand_readsWhatTheOperatorWrites(t *testing.T) {
	clearEnvironment(t)
	deployment := tenant.Deployment(tenant.Input{
		Township: &v1alpha1.Township{ObjectMeta: metav1.ObjectMeta{Name: "371621101", Namespace: "county-371621"}},
		County:   &v1alpha1.County{ObjectMeta: metav1.ObjectMeta{Name: "371621"}},
		Database: tenant.Database{Host: "db.example", Port: 5433, Name: "county_371621", SSLMode: "verify-full", CA: "PEM $(X)"},
		Values: tenant.Values{Listen: ":9080", OperationsListen: ":9081", API: tenant.API{
			Issuer: "https://id.example", Audience: "tiaojie", JWKS: `{"keys":[]}`, AllowDevelopmentKeys: true,
			Issuers: `[{"issuer":"https://partner.example","audience":"court"}]`, SecondFactorACR: "urn:gold,2", SecondFactorAMR: "otp", SecondFactorRoles: "none",
			PublicURL: "https://tiaojie.example", LogLevel: "debug", DailyReveals: 50, Cipher: "SM4-GCM"}},
	})
	secrets := map[string]string{tenant.SecretUser: "t371621101_a", tenant.SecretPassword: "password", tenant.SecretDataKeys: "1:AAAA",
		tenant.SecretCountyKey: "BBBB"}
	for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
		value := ""
		switch {
		case variable.Value != nil:
			value = strings.ReplaceAll(*variable.Value, "$$(", "$(") // as Kubernetes does
		case variable.ValueFrom.SecretKeyRef != nil:
			value = secrets[*variable.ValueFrom.SecretKeyRef.Key]
		}
		t.Setenv(*variable.Name, value)
	}
	var root cli
	parser, err := kong.New(&root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"api"}); err != nil {
		t.Fatal(err)
	}
	want := APICommand{
		Tenant: "371621101",
		Database: endpointFlags{Host: "db.example", Port: 5433, Name: "county_371621", User: "t371621101_a", Password: "password",
			SSLMode: "verify-full", CA: "PEM $(X)"},
		DatabaseConnections: 3,
		Directory:           endpointFlags{Port: 5432}, DataKeys: "1:AAAA", CountyKey: "BBBB", Listen: ":9080", OperationsListen: ":9081",
		PublicURL: "https://tiaojie.example", LogLevel: "debug", DailyReveals: 50, Ciphers: cipherFlags{"SM4-GCM"},
		Tokens: tokenFlags{Issuer: "https://id.example", Audience: "tiaojie", JWKS: `{"keys":[]}`, AllowDevelopmentKeys: true,
			Issuers: `[{"issuer":"https://partner.example","audience":"court"}]`, SecondFactorACR: []string{"urn:gold", "2"},
			SecondFactorAMR: []string{"otp"}, SecondFactorRoles: "none"},
	}
	if !reflect.DeepEqual(root.API, want) {
		t.Fatalf("read %+v\nwant %+v", root.API, want)
	}
}

func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TIAOJIE_") && name != pgtest.Variable {
			t.Setenv(name, value) // so that it comes back
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAPICommand_saysWhatIsMissing(t *testing.T) {
	clearEnvironment(t)
	tokens := []string{"--issuer", "https://id.example", "--audience", "tiaojie"}
	key, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		args   []string
		says   string
	}{
		"no issuer":    {"tokens could not be checked", nil, "TIAOJIE_ISSUER"},
		"no database":  {"nothing to serve", tokens, "TIAOJIE_DIRECTORY_HOST"},
		"no key":       {"texts could not be read", append(tokens, "--directory-host", "127.0.0.1"), "TIAOJIE_KEY"},
		"no data keys": {"texts could not be read", append(tokens, "--tenant", "371621101", "--database-host", "127.0.0.1"), "TIAOJIE_DATA_KEYS"},
		"no county key": {"persons could not be looked up", append(tokens, "--tenant", "371621101", "--database-host", "127.0.0.1",
			"--data-keys", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "TIAOJIE_COUNTY_KEY"},
		"odd log level":   {"a typing error", append(tokens, "--log-level", "loud"), "TIAOJIE_LOG_LEVEL"},
		"odd listen":      {"not an address", append(tokens, "--directory-host", "127.0.0.1", "--directory-user", "u", "--key", key, "--listen", "nowhere"), "nowhere"},
		"odd issuers":     {"not JSON", append(tokens, "--issuers", "https://partner.example"), "TIAOJIE_ISSUERS"},
		"odd role":        {"a typing error must not open a role", append(tokens, "--second-factor-roles", "directer"), "TIAOJIE_SECOND_FACTOR_ROLES"},
		"no key file":     {"said at the start", append(tokens, "--jwks-file", "/nonexistent/jwks.json"), "/nonexistent/jwks.json"},
		"development key": {"a demo's key on a production site", append(tokens, "--jwks", developmentKeys(t, nil)), "TIAOJIE_ALLOW_DEVELOPMENT_KEYS"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			code, _, text := tiaojie(t, append([]string{"api"}, c.args...)...)
			if code != 1 || !strings.Contains(text, c.says) {
				t.Fatalf("%s: exit %d, must name %s: %s", c.reason, code, c.says, text)
			}
		})
	}
}

// developmentKeys makes a key set; the private key goes into key.
func developmentKeys(t *testing.T, key *[]byte) string {
	t.Helper()
	private, err := identity.NewDevelopmentKey()
	if err != nil {
		t.Fatal(err)
	}
	set, err := identity.PublicKeySet(private)
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		*key = private
	}
	return string(set)
}

func TestAPICommand_printsTheDocument(t *testing.T) {
	code, out, text := tiaojie(t, "api", "--print-openapi")
	if code != 0 || !strings.Contains(out, "operationId: file-case") {
		t.Fatalf("%d %s", code, text)
	}
}

// freeAddress finds a loopback port that nobody has at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestAPICommand_serves starts a dedicated and a shared instance as processes are started, uses them and stops them.
func TestAPICommand_serves(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇")
	town := f.Towns[1]
	if _, err := f.County.PutAdministrators(t.Context(), []tenantdb.Administrator{{Issuer: "https://id.example", Subject: "admin"}}); err != nil {
		t.Fatal(err)
	}
	var key []byte
	keys := developmentKeys(t, &key)
	token, err := identity.Mint(key, identity.Grant{Issuer: "https://id.example", Audience: "tiaojie", Subject: "admin",
		IssuedAt: time.Now(), Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	directory, slot := f.Directory(), f.AsSlot(town)
	for name, args := range map[string][]string{
		"dedicated": {"--tenant", town, "--database-host", slot.Host, "--database-port", strconv.Itoa(slot.Port), "--database-name", slot.Database,
			"--database-user", slot.User, "--database-password", slot.Password, "--database-sslmode", "disable",
			"--data-keys", seal.FormatDataKeys(f.DataKeys(town)), "--county-key", f.CountyKey().Text()},
		"shared": {"--directory-host", directory.Host, "--directory-port", strconv.Itoa(directory.Port), "--directory-name", directory.Database,
			"--directory-user", directory.User, "--directory-password", directory.Password, "--directory-sslmode", "disable",
			"--key", f.KeyText},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listen, operations := freeAddress(t), freeAddress(t)
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			var log bytes.Buffer
			ended := make(chan int, 1)
			go func() {
				ended <- run(ctx, append([]string{"api", "--listen", listen, "--operations-listen", operations, "--issuer", "https://id.example",
					"--audience", "tiaojie", "--jwks", keys, "--allow-development-keys"}, args...), IO{Out: io.Discard, Err: &log})
			}()
			await(t, "http://"+operations+"/readyz", http.StatusOK)
			if status, body := get(t, "http://"+listen+"/v1/tenants/"+town, token); status != http.StatusOK {
				t.Errorf("%d %s", status, body)
			}
			if _, body := get(t, "http://"+operations+"/metrics", ""); !strings.Contains(body, "tiaojie_pools_open 1") {
				t.Error("the pools are not among the metrics")
			}
			stop()
			await(t, "http://"+operations+"/readyz", http.StatusServiceUnavailable)
			if status, _ := get(t, "http://"+listen+"/v1/tenants/"+town, token); status != http.StatusOK {
				t.Errorf("while stopping, requests are still served: %d", status)
			}
			if code := <-ended; code != 0 {
				t.Errorf("exit %d: %s", code, log.String())
			}
			if strings.Contains(log.String(), slot.Password) {
				t.Error("the password is in the log")
			}
		})
	}
}

func get(t *testing.T, url, token string) (int, string) {
	t.Helper()
	status, body, err := tryGet(url, token)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func tryGet(url, token string) (int, string, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// await asks until the status comes.
func await(t *testing.T, url string, want int) {
	t.Helper()
	last := ""
	for range 200 {
		status, body, err := tryGet(url, "")
		if err == nil && status == want {
			return
		}
		last = fmt.Sprint(status, body, err)
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not answer %d in 10 s: %s", url, want, last)
}
