package command

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	appsv1 "k8s.io/api/apps/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenant"
)

// parse reads a subcommand's configuration from the environment alone, as a pod does.
func parse(t *testing.T, name string, environment map[string]string) cli {
	t.Helper()
	for key, value := range environment {
		t.Setenv(key, value)
	}
	var root cli
	parser, err := kong.New(&root, kong.Writers(io.Discard, io.Discard), kong.BindTo(context.Background(), (*context.Context)(nil)), kong.Bind(IO{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{name}); err != nil {
		t.Fatal(err)
	}
	return root
}

// What the operator writes into a township's pods is what `tiaojie api` reads: every variable, and nothing unread.
func TestOperator_environmentOfItsPodsIsReadByTheAPI(t *testing.T) {
	in := tenant.Input{
		Township: &v1alpha1.Township{},
		Database: tenant.Database{Host: "db.example", Port: 6432, Name: "county_371621", SSLMode: "verify-full", CA: "PEM"},
		Values: tenant.Values{Listen: ":9080", OperationsListen: ":9081", API: tenant.API{Issuer: "https://issuer.example", Audience: "people",
			JWKS: `{"keys":[]}`, AllowDevelopmentKeys: true, PublicURL: "https://tiaojie.example", LogLevel: "warn"}},
	}
	in.Township.Name, in.Township.Namespace = "371621101", "county-371621"
	secrets := map[string]string{tenant.SecretUser: "t371621101_a", tenant.SecretPassword: "word", tenant.SecretDataKeys: "1:a2V5"}

	raw, err := json.Marshal(tenant.Deployment(in))
	if err != nil {
		t.Fatal(err)
	}
	var deployment appsv1.Deployment
	if err := json.Unmarshal(raw, &deployment); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{}
	for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
		environment[variable.Name] = variable.Value
		if variable.ValueFrom != nil {
			environment[variable.Name] = secrets[variable.ValueFrom.SecretKeyRef.Key]
		}
	}
	got := parse(t, "api", environment).API
	want := APICommand{Tenant: "371621101", DataKeys: "1:a2V5", Listen: ":9080", OperationsListen: ":9081",
		PublicURL: "https://tiaojie.example", LogLevel: "warn", Issuer: "https://issuer.example", Audience: "people",
		JWKS: `{"keys":[]}`, AllowDevelopmentKeys: true,
		Database: endpointFlags{Host: "db.example", Port: 6432, Name: "county_371621", User: "t371621101_a", Password: "word",
			SSLMode: "verify-full", CA: "PEM"}}
	want.Directory.Port = got.Directory.Port // a default that a dedicated instance does not look at
	if got != want {
		t.Errorf("the API reads %+v\nwant %+v", got, want)
	}
	for name := range environment {
		if !strings.HasPrefix(name, "TIAOJIE_") {
			t.Errorf("%s is none of the API's variables", name)
		}
	}
}

func TestOperator_options(t *testing.T) {
	least := map[string]string{"TIAOJIE_NAMESPACE": "tiaojie-system", "TIAOJIE_IMAGE": "tiaojie:1", "TIAOJIE_DIRECTORY_HOST": "db.example",
		"TIAOJIE_DIRECTORY_ADMIN_USER": "admin", "TIAOJIE_DIRECTORY_ADMIN_PASSWORD": "word"}
	t.Run("least", func(t *testing.T) {
		command := parse(t, "operator", least).Operator
		options, err := command.options()
		if err != nil {
			t.Fatal(err)
		}
		if options.Directory.SSLMode != "verify-full" || options.Directory.Database != "postgres" || options.DirectoryName != "tiaojie" ||
			options.Values.Route.Kind != tenant.RouteIngress || options.Values.Listen != ":8080" {
			t.Errorf("options = %+v", options)
		}
	})
	for name, c := range map[string]struct {
		variable, value, words string
	}{
		"annotations that are no JSON": {"TIAOJIE_ROUTE_ANNOTATIONS", "a=b", "JSON object"},
		"HTTPRoutes without a Gateway": {"TIAOJIE_ROUTE_KIND", "HTTPRoute", "TIAOJIE_ROUTE_GATEWAY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			command := parse(t, "operator", least).Operator
			if _, err := command.options(); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("gives %v, want words that hold %q", err, c.words)
			}
		})
	}
	t.Run("a Gateway in another namespace", func(t *testing.T) {
		t.Setenv("TIAOJIE_ROUTE_KIND", "HTTPRoute")
		t.Setenv("TIAOJIE_ROUTE_GATEWAY", "gateways/public")
		command := parse(t, "operator", least).Operator
		options, err := command.options()
		if err != nil || options.Values.Route.GatewayName != "public" || options.Values.Route.GatewayNamespace != "gateways" {
			t.Errorf("route = %+v, %v", options.Values.Route, err)
		}
	})
}
