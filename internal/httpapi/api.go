package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/paper"
)

// defaultInFlight is how many requests one instance works on at a time; more wait at the client with a 503.
const defaultInFlight = 256

// Config is what an API is built from.
type Config struct {
	Backend  Backend
	Verifier Verifier
	// Log takes faults and, at debug level, one line per request; nil means slog.Default.
	Log *slog.Logger
	// Now is the clock of metrics, and says whether a deadline is overdue; nil means time.Now. What is recorded has the
	// use cases' own time.
	Now func() time.Time
	// PublicURL is where clients reach the API, for the document's servers; "" means relative.
	PublicURL string
	// Version is shown in the document.
	Version string
	// Fonts are the directories of the fonts that papers are printed with; none means where Debian puts them.
	Fonts []string
	// SecondFactor are the roles that hold only for who signed in with a second factor; none means no role does.
	SecondFactor []mediation.Role
	// InFlight bounds the requests served at a time; 0 means 256.
	InFlight int
}

// API serves the operations of /v1, their OpenAPI document and its page.
type API struct {
	backend  Backend
	verifier Verifier
	log      *slog.Logger
	now      func() time.Time
	inFlight chan struct{}
	uploads  chan struct{} // files that are being read
	moving   sync.Mutex
	moves    map[string]int // files that are being moved, by tenant; "*" for all
	fences   fences
	metrics  *metrics
	public   string           // Config.PublicURL
	strong   []mediation.Role // Config.SecondFactor
	press    *paper.Press

	huma     huma.API
	handler  http.Handler
	document document
	faults   []error // of registration
	// operations are all, in the order of registration.
	operations []operation
	verbs      map[mediation.Action]operation // the operation that does an action to a case
}

// New builds the API and its document. It fails when an operation has no action of the permission table, or when two
// operations share an id: such an API must not start.
func New(cfg Config) (*API, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.InFlight == 0 {
		cfg.InFlight = defaultInFlight
	}
	a := &API{
		backend: cfg.Backend, verifier: cfg.Verifier, log: cfg.Log, now: cfg.Now,
		inFlight: make(chan struct{}, cfg.InFlight), uploads: make(chan struct{}, uploadsInFlight), metrics: newMetrics(),
		public: strings.TrimSuffix(cfg.PublicURL, "/"), verbs: map[mediation.Action]operation{}, moves: map[string]int{},
		press: paper.New(cfg.Fonts...), strong: cfg.SecondFactor,
	}
	mux := http.NewServeMux()
	a.huma = humago.New(mux, a.humaConfig(cfg))
	a.huma.UseMiddleware(a.authenticate, a.authorise, a.readRequest)
	a.registerOperations()
	if err := errors.Join(a.faults...); err != nil {
		return nil, fmt.Errorf("the API cannot start: %w", err)
	}
	written, err := writeDocument(a.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	a.document = written
	a.serveDocument(mux)
	a.handler = a.outermost(a.route(mux))
	return a, nil
}

// registerOperations is the whole API on one page.
func (a *API) registerOperations() {
	a.registerMe()
	a.registerCodes()
	a.registerCounties()
	a.registerTenants()
	a.registerMembers()
	a.registerPermissions()
	a.registerLeaving()
	a.registerScreening()
	a.registerLeads()
	a.registerImports()
	a.registerCases()
	a.registerJournal()
	a.registerActions()
	a.registerClocks()
	a.registerDue()
	a.registerClassification()
	a.registerGrade()
	a.registerAssessment()
	a.registerAssignment()
	a.registerInvestigation()
	a.registerMeetings()
	a.registerDangers()
	a.registerSuspension()
	a.registerAgreement()
	a.registerConfirmation()
	a.registerPerformance()
	a.registerVisits()
	a.registerOutcome()
	a.registerTransfer()
	a.registerReferrals()
	a.registerFile()
	a.registerDocuments()
	a.registerDisclosure()
	a.registerAttachments()
	a.registerSight()
	a.registerLinks()
	a.registerNotices()
	a.registerCountyCases()
	a.registerRepeatParties()
	a.registerOrganisations()
	a.registerMediators()
	a.registerAdvisers()
	a.registerSuggestions()
	a.registerCountyRegistry()
	a.registerReference()
	a.registerAudit()
}

// Handler serves requests.
func (a *API) Handler() http.Handler { return a.handler }

// humaConfig is spelt out rather than taken from huma.DefaultConfig: that one adds a page that loads from a CDN, a
// schema link built from the client's own headers, and lazily written documents.
func (a *API) humaConfig(cfg Config) huma.Config {
	servers := []*huma.Server{{URL: "/", Description: "This address 当前地址"}}
	if cfg.PublicURL != "" {
		// Behind this address, which the page's policy lets it ask: what is tried goes where the page came from.
		servers = append(servers, &huma.Server{URL: cfg.PublicURL, Description: "The installation 统一地址"})
	}
	format := huma.Format{Marshal: writeJSON, Unmarshal: json.Unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    documentInfo(cfg.Version),
			Servers: servers,
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
						Description: "An access token of the identity provider (OpenID Connect)."},
				},
			},
			Tags: documentTags(),
		},
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	}
}

// writeJSON writes a value as every answer is written: one line, without HTML escapes.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
