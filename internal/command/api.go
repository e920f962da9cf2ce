package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/httpapi"
)

const (
	// drainFor is how long the API goes on serving after readiness is off, so that proxies stop sending first.
	drainFor = 3 * time.Second
	// stopWithin bounds the wait for the last requests.
	stopWithin = 20 * time.Second
)

// APICommand serves the REST API: for one tenant when TIAOJIE_TENANT is set (dedicated), else for all (shared).
type APICommand struct {
	Tenant   string        `env:"TIAOJIE_TENANT" placeholder:"CODE" help:"Serve only this tenant, 9 digits; without it, serve every tenant of the directory."`
	Database endpointFlags `embed:"" prefix:"database-" envprefix:"TIAOJIE_DATABASE_" group:"Dedicated"`
	// DatabaseConnections keeps a town's instances together within its quota; the operator divides it.
	DatabaseConnections int    `env:"TIAOJIE_DATABASE_CONNECTIONS" placeholder:"N" group:"Dedicated" help:"Connections that this instance may hold; 0 for three."`
	DataKeys            string `env:"TIAOJIE_DATA_KEYS" placeholder:"1:BASE64,…" group:"Dedicated" help:"The tenant's data keys."`
	CountyKey           string `env:"TIAOJIE_COUNTY_KEY" placeholder:"BASE64" group:"Dedicated" help:"The key of look-ups over the whole county."`

	Directory endpointFlags `embed:"" prefix:"directory-" envprefix:"TIAOJIE_DIRECTORY_" group:"Shared"`
	Keys      ringFlags     `embed:"" group:"Shared"`
	Ciphers   cipherFlags   `embed:"" group:"Keys"`

	Listen           string `env:"TIAOJIE_LISTEN" default:":8080" help:"Address of the API."`
	OperationsListen string `env:"TIAOJIE_OPERATIONS_LISTEN" default:":8081" help:"Address of /livez, /readyz and /metrics."`
	PublicURL        string `env:"TIAOJIE_PUBLIC_URL" placeholder:"URL" help:"Where clients reach the API; shown in its document."`
	Fonts            string `env:"TIAOJIE_FONTS" placeholder:"DIRECTORY:…" help:"Where the fonts of printed papers are, separated by colons; without it, where Debian's packages put them."`
	DailyReveals     int    `env:"TIAOJIE_DAILY_REVEALS" placeholder:"N" help:"How many times a day a person may see masked values; 0 for 200."`
	LogLevel         string `env:"TIAOJIE_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`

	Blobs  blobFlags  `embed:"" group:"Attachments"`
	Tokens tokenFlags `embed:"" group:"Tokens"`

	PrintOpenAPI bool `name:"print-openapi" help:"Print the OpenAPI document as YAML and exit."`
}

// endpointFlags say where a database is and who logs in. Passwords belong into the environment, not on the line.
type endpointFlags struct {
	Host     string `env:"HOST" help:"PostgreSQL host."`
	Port     int    `env:"PORT" default:"5432" help:"PostgreSQL port."`
	Name     string `env:"NAME" help:"Database."`
	User     string `env:"USER" help:"Login role."`
	Password string `env:"PASSWORD" help:"Its password."`
	SSLMode  string `env:"SSLMODE" name:"sslmode" help:"disable, require, verify-ca or verify-full."`
	CA       string `env:"CA" name:"ca" help:"PEM certificates that the server's is checked against."`
}

// Run serves until ctx ends, then stops gracefully: readiness off, a pause for proxies, last requests, pools.
func (c *APICommand) Run(ctx context.Context, streams IO) error {
	if c.PrintOpenAPI {
		return printOpenAPI(streams.Out)
	}
	log, err := newLogger(streams.Err, c.LogLevel)
	if err != nil {
		return err
	}
	slog.SetDefault(log) // rooms below that log in the background, such as the directory's follower
	verifier, strong, err := c.Tokens.open()
	if err != nil {
		return err
	}
	installation, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer installation.Close()
	api, err := httpapi.New(httpapi.Config{
		Backend: installation, Verifier: verifier, Log: log, PublicURL: c.PublicURL, Version: apiVersion,
		Fonts: filepath.SplitList(c.Fonts), SecondFactor: strong,
	})
	if err != nil {
		return err
	}
	if err := errors.Join(api.Register(newPoolFigures(installation.Stats)), api.Register(verifier.Figures())); err != nil {
		return fmt.Errorf("register the figures of pools and issuers: %w", err)
	}
	if c.Tokens.AllowDevelopmentKeys {
		log.Warn("development keys are accepted: anyone with a key file can make tokens")
	}
	return c.serve(ctx, log, api)
}

// apiVersion is the version of the API's contract, not of the build: the document must not change with every build.
const apiVersion = "1.0.0"

// printOpenAPI writes the document as it is committed in api/openapi.yaml.
func printOpenAPI(to io.Writer) error {
	api, err := httpapi.New(httpapi.Config{Version: apiVersion})
	if err != nil {
		return err
	}
	_, err = to.Write(api.Document())
	return err
}

func newLogger(to io.Writer, level string) (*slog.Logger, error) {
	var parsed slog.Level
	if err := parsed.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("TIAOJIE_LOG_LEVEL is %q: give debug, info, warn or error", level)
	}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: parsed})), nil
}

// serve runs both ports.
func (c *APICommand) serve(ctx context.Context, log *slog.Logger, api *httpapi.API) error {
	operations := api.Operations()
	servers := []*http.Server{newServer(api.Handler()), newServer(operations)}
	failed := make(chan error, len(servers))
	for i, address := range []string{c.Listen, c.OperationsListen} {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		defer func() { _ = listener.Close() }() // closed by the server already, unless a later one failed
		go func() { failed <- servers[i].Serve(listener) }()
	}
	go keepSmall(ctx)
	log.Info("serving", "listen", c.Listen, "operations", c.OperationsListen, "tenant", strings.TrimSpace(c.Tenant))
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	operations.Drain()
	log.Info("stopping")
	time.Sleep(drainFor)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return errors.Join(servers[0].Shutdown(stopping), servers[1].Shutdown(stopping))
}

// newServer sets the limits of connections; the API's own limit of headers lies below MaxHeaderBytes, so that clients
// get a problem document.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    128 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
}
