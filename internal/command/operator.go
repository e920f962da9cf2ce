package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tiaojie.dev/tiaojie/controllers"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// OperatorCommand keeps PostgreSQL and the cluster as the resources say. The chart sets its environment.
type OperatorCommand struct {
	Namespace       string        `env:"TIAOJIE_NAMESPACE" required:"" help:"The operator's own namespace."`
	ServiceAccount  string        `env:"TIAOJIE_SERVICE_ACCOUNT" default:"tiaojie-operator" help:"The operator's own service account."`
	Image           string        `env:"TIAOJIE_IMAGE" required:"" help:"Image of the townships' instances."`
	ImagePullPolicy string        `env:"TIAOJIE_IMAGE_PULL_POLICY" help:"Always, IfNotPresent or Never."`
	Resync          time.Duration `env:"TIAOJIE_RESYNC" default:"1m" help:"How often everything is looked at again."`
	MetricsListen   string        `env:"TIAOJIE_METRICS_LISTEN" default:":8082" help:"Address of /metrics; 0 turns it off."`
	HealthListen    string        `env:"TIAOJIE_HEALTH_LISTEN" default:":8081" help:"Address of /healthz and /readyz."`
	LeaderElect     bool          `env:"TIAOJIE_LEADER_ELECT" help:"Take turns with other operators of the namespace."`
	LogLevel        string        `env:"TIAOJIE_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`

	Blobs   blobFlags   `embed:"" group:"Attachments"`
	Ciphers cipherFlags `embed:"" group:"Keys"`
	// IndexHash is chosen once for each unit.
	IndexHash string `env:"TIAOJIE_INDEX_HASH" default:"SHA-256" group:"Keys" help:"SHA-256 or SM3, for the indexes of counties and towns that are made from now on; those that are there keep theirs."`

	DirectoryHost          string `env:"TIAOJIE_DIRECTORY_HOST" required:"" group:"Directory" help:"Server of the directory database."`
	DirectoryPort          int    `env:"TIAOJIE_DIRECTORY_PORT" default:"5432" group:"Directory" help:"Its port."`
	DirectoryName          string `env:"TIAOJIE_DIRECTORY_NAME" default:"tiaojie" group:"Directory" help:"The directory database."`
	DirectorySSLMode       string `env:"TIAOJIE_DIRECTORY_SSLMODE" name:"directory-sslmode" default:"verify-full" group:"Directory" help:"disable, require, verify-ca or verify-full."`
	DirectoryCA            string `env:"TIAOJIE_DIRECTORY_CA" name:"directory-ca" group:"Directory" help:"PEM certificates that the server's is checked against."`
	DirectoryAdminDatabase string `env:"TIAOJIE_DIRECTORY_ADMIN_DATABASE" default:"postgres" group:"Directory" help:"Database to connect to first."`
	DirectoryAdminUser     string `env:"TIAOJIE_DIRECTORY_ADMIN_USER" required:"" group:"Directory" help:"Login with CREATEROLE and CREATEDB."`
	DirectoryAdminPassword string `env:"TIAOJIE_DIRECTORY_ADMIN_PASSWORD" required:"" group:"Directory" help:"Its password."`

	RouteKind        string `env:"TIAOJIE_ROUTE_KIND" default:"Ingress" enum:"Ingress,HTTPRoute,None" group:"Routes" help:"How requests reach dedicated instances."`
	RouteClass       string `env:"TIAOJIE_ROUTE_CLASS" group:"Routes" help:"IngressClass."`
	RouteHost        string `env:"TIAOJIE_ROUTE_HOST" group:"Routes" help:"Host of the URL space; empty for any."`
	RouteTLSSecret   string `env:"TIAOJIE_ROUTE_TLS_SECRET" name:"route-tls-secret" group:"Routes" help:"Secret with the certificate, in each county's namespace."`
	RouteAnnotations string `env:"TIAOJIE_ROUTE_ANNOTATIONS" group:"Routes" placeholder:"JSON" help:"Annotations of each route."`
	RouteGateway     string `env:"TIAOJIE_ROUTE_GATEWAY" group:"Routes" placeholder:"NAMESPACE/NAME" help:"Gateway of an HTTPRoute."`
	NetworkPolicy    bool   `env:"TIAOJIE_NETWORK_POLICY" group:"Routes" help:"Make a NetworkPolicy for each township."`

	PodListen            string `env:"TIAOJIE_POD_LISTEN" default:":8080" group:"Instances" help:"Address of the API in a township's pod; may hold $(POD_IP)."`
	PodOperationsListen  string `env:"TIAOJIE_POD_OPERATIONS_LISTEN" default:":8081" group:"Instances" help:"Address of probes and metrics there."`
	PodLogLevel          string `env:"TIAOJIE_POD_LOG_LEVEL" default:"info" group:"Instances" help:"debug, info, warn or error."`
	Issuer               string `env:"TIAOJIE_ISSUER" group:"Instances" help:"OpenID Connect issuer of the tokens."`
	Audience             string `env:"TIAOJIE_AUDIENCE" group:"Instances" help:"Audience that the tokens carry."`
	JWKS                 string `env:"TIAOJIE_JWKS" name:"jwks" group:"Instances" help:"The issuer's public keys."`
	Issuers              string `env:"TIAOJIE_ISSUERS" group:"Instances" help:"Further issuers, as JSON."`
	SecondFactorACR      string `env:"TIAOJIE_SECOND_FACTOR_ACR" name:"second-factor-acr" group:"Instances" help:"Values of acr that tell of a second factor."`
	SecondFactorAMR      string `env:"TIAOJIE_SECOND_FACTOR_AMR" name:"second-factor-amr" group:"Instances" help:"Values of amr that tell of a second factor."`
	SecondFactorRoles    string `env:"TIAOJIE_SECOND_FACTOR_ROLES" group:"Instances" help:"Roles that demand a second factor, or none."`
	AllowDevelopmentKeys bool   `env:"TIAOJIE_ALLOW_DEVELOPMENT_KEYS" group:"Instances" help:"Accept keys of tiaojie token. Never in production."`
	DailyReveals         int    `env:"TIAOJIE_DAILY_REVEALS" group:"Instances" help:"How many times a day a person may see masked values; 0 for 200."`
	PublicURL            string `env:"TIAOJIE_PUBLIC_URL" group:"Instances" help:"Where clients reach the installation."`
}

// Run reconciles until ctx ends. The cluster is that of KUBECONFIG or of the pod's service account.
func (c *OperatorCommand) Run(ctx context.Context, streams IO) error {
	log, err := newLogger(streams.Err, c.LogLevel)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	klog.SetLogger(logr.FromSlogHandler(log.Handler()))
	options, err := c.options()
	if err != nil {
		return err
	}
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w; set KUBECONFIG or run as a pod", err)
	}
	manager, err := ctrl.NewManager(cluster, c.manager())
	if err != nil {
		return fmt.Errorf("reach the cluster: %w", err)
	}
	operator, err := controllers.Setup(manager, options)
	if err != nil {
		return err
	}
	defer operator.Close()
	err = errors.Join(manager.AddHealthzCheck("ping", healthz.Ping), manager.AddReadyzCheck("ping", healthz.Ping))
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}

func (c *OperatorCommand) manager() ctrl.Options {
	scheme := runtime.NewScheme()
	_ = controllers.AddToScheme(scheme) // the kinds are compiled in: it cannot fail where the tests pass
	return ctrl.Options{
		Scheme:                        scheme,
		Cache:                         controllers.CacheOptions(),
		Client:                        controllers.ClientOptions(),
		LeaderElection:                c.LeaderElect,
		LeaderElectionID:              "tiaojie-operator",
		LeaderElectionNamespace:       c.Namespace,
		LeaderElectionReleaseOnCancel: true,
		Metrics:                       metricsserver.Options{BindAddress: c.MetricsListen},
		HealthProbeBindAddress:        c.HealthListen,
		Controller: config.Controller{
			UsePriorityQueue:      ptr.To(true),
			EnableWarmup:          ptr.To(true),
			ReconciliationTimeout: 2 * time.Minute,
		},
	}
}

func (c *OperatorCommand) options() (controllers.Options, error) {
	route := tenant.Route{Kind: tenant.RouteKind(c.RouteKind), ClassName: c.RouteClass, Host: c.RouteHost, TLSSecret: c.RouteTLSSecret}
	if c.RouteAnnotations != "" {
		if err := json.Unmarshal([]byte(c.RouteAnnotations), &route.Annotations); err != nil {
			return controllers.Options{}, fmt.Errorf("TIAOJIE_ROUTE_ANNOTATIONS must be a JSON object of strings: %w", err)
		}
	}
	var found bool
	if route.GatewayNamespace, route.GatewayName, found = strings.Cut(c.RouteGateway, "/"); !found {
		route.GatewayNamespace, route.GatewayName = "", c.RouteGateway
	}
	if route.Kind == tenant.RouteHTTP && route.GatewayName == "" {
		return controllers.Options{}, errors.New("TIAOJIE_ROUTE_GATEWAY must name the Gateway (namespace/name) when routes are HTTPRoutes")
	}
	cipher, err := c.Ciphers.cipher()
	if err != nil {
		return controllers.Options{}, err
	}
	index := seal.TreeHash(c.IndexHash)
	if !index.Known() {
		return controllers.Options{}, errors.New("TIAOJIE_INDEX_HASH is neither SHA-256 nor SM3")
	}
	files, err := c.Blobs.open()
	if err != nil {
		return controllers.Options{}, err
	}
	var remove func(ctx context.Context, tenant string) error
	if files != nil {
		remove = files.RemoveTenant
	}
	return controllers.Options{
		RemoveFiles: remove,
		Cipher:      cipher, IndexHash: index,
		Namespace:      c.Namespace,
		ServiceAccount: c.ServiceAccount,
		Directory: tenantdb.Endpoint{Host: c.DirectoryHost, Port: c.DirectoryPort, Database: c.DirectoryAdminDatabase,
			User: c.DirectoryAdminUser, Password: c.DirectoryAdminPassword, SSLMode: c.DirectorySSLMode, CA: c.DirectoryCA},
		DirectoryName: c.DirectoryName,
		Resync:        c.Resync,
		Values: tenant.Values{
			Image: c.Image, ImagePullPolicy: c.ImagePullPolicy, Listen: c.PodListen, OperationsListen: c.PodOperationsListen,
			NetworkPolicy: c.NetworkPolicy, Route: route, Blobs: tenant.Blobs(c.Blobs),
			API: tenant.API{Issuer: c.Issuer, Audience: c.Audience, JWKS: c.JWKS, AllowDevelopmentKeys: c.AllowDevelopmentKeys, Issuers: c.Issuers,
				SecondFactorACR: c.SecondFactorACR, SecondFactorAMR: c.SecondFactorAMR, SecondFactorRoles: c.SecondFactorRoles,
				PublicURL: strings.TrimSuffix(c.PublicURL, "/"), LogLevel: c.PodLogLevel, DailyReveals: c.DailyReveals, Cipher: string(cipher)},
		},
	}, nil
}
