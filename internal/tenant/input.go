package tenant

import (
	"net"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// Labels that every object of the operator carries. Caches select by PartOf.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	PartOfLabel    = "app.kubernetes.io/part-of"
	NameLabel      = "app.kubernetes.io/name"
	Product        = "tiaojie"
)

// SecretHashAnnotation on a pod makes a changed Secret roll the instances.
const SecretHashAnnotation = "tiaojie.dev/secret-hash" //nolint:gosec // an annotation, no secret

// Values are the installation's own: the same for every township.
type Values struct {
	Image            string // of the product
	ImagePullPolicy  string // "" means the cluster's default
	Listen           string // TIAOJIE_LISTEN of an instance, e.g. :8080 or $(POD_IP):8080
	OperationsListen string // TIAOJIE_OPERATIONS_LISTEN, for probes and metrics
	API              API
	Route            Route
	Blobs            Blobs
	NetworkPolicy    bool
}

// API is what every instance of the API is told besides its database.
type API struct {
	Issuer, Audience, JWKS string
	Issuers                string // further issuers: TIAOJIE_ISSUERS, a JSON array
	// Which claims tell of a second factor and which roles demand one; parted by commas, "" for the API's own defaults.
	SecondFactorACR, SecondFactorAMR, SecondFactorRoles string
	AllowDevelopmentKeys                                bool
	PublicURL                                           string // where clients reach the installation, e.g. https://tiaojie.example.cn
	LogLevel                                            string
	Cipher                                              string // what values are sealed with
	DailyReveals                                        int    // how many times a day a person may see masked values; 0 for the API's own figure
}

// Blobs says where attachments lie: a directory or a bucket; all empty for nowhere.
type Blobs struct {
	Directory                string
	Endpoint, Region, Bucket string // of an S3-compatible service
	AccessKey, SecretKey     string
}

// RouteKind says how requests reach a dedicated instance.
type RouteKind string

// The kinds of routes.
const (
	RouteNone    RouteKind = "None"
	RouteIngress RouteKind = "Ingress"
	RouteHTTP    RouteKind = "HTTPRoute"
)

// Route says how requests reach a dedicated instance.
type Route struct {
	Kind             RouteKind
	ClassName        string // of the Ingress
	Host             string // "" means any
	TLSSecret        string // with the certificate of Host, in each county's namespace; "" means none
	Annotations      map[string]string
	GatewayName      string // parent of an HTTPRoute
	GatewayNamespace string
}

// Database is where a township's schema lives, as its pods reach it. It holds no secret.
type Database struct {
	Host          string
	Port          int32
	Name          string
	SSLMode, CA   string
	User          string
	DataKeys      string // "1:base64,2:base64"
	CountyKey     string // base64
	LoginPassword string
}

// Input is everything a township's objects are made from.
type Input struct {
	Township  *v1alpha1.Township
	County    *v1alpha1.County
	Database  Database
	Values    Values
	Suspended bool // by the township or by its county
}

func (in Input) code() string      { return in.Township.Name }
func (in Input) namespace() string { return in.Township.Namespace }

// HasWorkload tells whether the township has objects for instances of its own; a suspended one keeps them with no pod.
func (in Input) HasWorkload() bool { return in.Township.Dedicated() }

// Replicas is how many instances shall run.
func (in Input) Replicas() int32 {
	if in.Suspended {
		return 0
	}
	return in.Township.Replicas()
}

// ObjectName is the name of every object of a township.
func ObjectName(code string) string { return "t-" + code }

// Selector finds a township's pods.
func Selector(code string) map[string]string {
	return map[string]string{NameLabel: "tiaojie-api", v1alpha1.TownshipLabel: code}
}

// Labels are those of every object of a township.
func Labels(county, code string) map[string]string {
	labels := countyLabels(county)
	labels[v1alpha1.TownshipLabel] = code
	labels[NameLabel] = "tiaojie-api"
	return labels
}

func countyLabels(county string) map[string]string {
	return map[string]string{ManagedByLabel: Product, PartOfLabel: Product, v1alpha1.CountyLabel: county}
}

func (in Input) labels() map[string]string { return Labels(in.Township.CountyCode(), in.code()) }

func (in Input) owner() *metav1ac.OwnerReferenceApplyConfiguration {
	return ownerReference("Township", in.Township.Name, in.Township)
}

type identified interface{ GetUID() types.UID }

func ownerReference(kind, name string, object identified) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().
		WithAPIVersion(v1alpha1.GroupVersion.String()).WithKind(kind).WithName(name).WithUID(object.GetUID()).
		WithController(true).WithBlockOwnerDeletion(true)
}

// Object is one desired object.
type Object = runtime.ApplyConfiguration

// port is the number behind the last colon of a listen address; fallback when there is none.
func port(listen string, fallback int32) int32 {
	_, text, err := net.SplitHostPort(strings.ReplaceAll(listen, "$(POD_IP)", "127.0.0.1"))
	if err != nil {
		return fallback
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil || number < 1 || number > 65535 {
		return fallback
	}
	return int32(number)
}

func (v Values) httpPort() int32       { return port(v.Listen, 8080) }
func (v Values) operationsPort() int32 { return port(v.OperationsListen, 8081) }
