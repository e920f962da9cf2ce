package command

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

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
