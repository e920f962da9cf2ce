package postgres

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout is how long one attempt to connect may take.
const connectTimeout = 5 * time.Second

// Address says where a database is and who logs in.
type Address struct {
	Host     string
	Port     int    // 0 means 5432
	Database string // "" means postgres
	User     string
	Password string
	SSLMode  string // disable, allow, prefer, require, verify-ca, verify-full; "" means verify-full
	CA       string // PEM text; "" means the system's roots
}

// ErrInvalidAddress is found by errors.Is in every error of ParseAddress and Config.
var ErrInvalidAddress = errors.New("invalid database address")

// ParseAddress reads a postgres:// or postgresql:// URL. Its errors never repeat the password.
func ParseAddress(text string) (Address, error) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		return Address{}, fmt.Errorf("%w: give postgres://user:password@host:port/database", ErrInvalidAddress)
	}
	address := Address{
		Host:     parsed.Hostname(),
		Database: strings.TrimPrefix(parsed.Path, "/"),
		User:     parsed.User.Username(),
		SSLMode:  parsed.Query().Get("sslmode"),
	}
	address.Password, _ = parsed.User.Password()
	if parsed.Port() != "" {
		if address.Port, err = strconv.Atoi(parsed.Port()); err != nil {
			return Address{}, fmt.Errorf("%w: the port is not a number", ErrInvalidAddress)
		}
	}
	return address, address.check()
}

func (a Address) check() error {
	switch {
	case a.Host == "":
		return fmt.Errorf("%w: the host is missing", ErrInvalidAddress)
	case strings.ContainsRune(a.Host, ','):
		return fmt.Errorf("%w: give one host, not a list", ErrInvalidAddress)
	case a.Port < 0 || a.Port > 65535:
		return fmt.Errorf("%w: port %d is not between 1 and 65535", ErrInvalidAddress, a.Port)
	case a.User == "":
		return fmt.Errorf("%w: the user is missing", ErrInvalidAddress)
	case !slices.Contains([]string{"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}, a.SSLMode):
		return fmt.Errorf("%w: sslmode is none of disable, allow, prefer, require, verify-ca, verify-full", ErrInvalidAddress)
	}
	return nil
}

// Config makes a pool configuration. The environment's PG* variables are overridden by the fields.
func (a Address) Config() (*pgxpool.Config, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(a.dsn())
	if err != nil {
		return nil, fmt.Errorf("%w: host, port or TLS settings cannot be used together", ErrInvalidAddress)
	}
	if err := a.trust(config.ConnConfig); err != nil {
		return nil, err
	}
	config.ConnConfig.ConnectTimeout = connectTimeout
	return config, nil
}

func (a Address) dsn() string {
	port, database := a.Port, a.Database
	if port == 0 {
		port = 5432
	}
	if database == "" {
		database = "postgres"
	}
	quote := func(value string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	return fmt.Sprintf("host=%s port=%d dbname=%s user=%s password=%s sslmode=%s application_name=tiaojie",
		quote(a.Host), port, quote(database), quote(a.User), quote(a.Password), a.sslMode())
}

// sslMode follows libpq: a root certificate turns require into verify-ca.
func (a Address) sslMode() string {
	switch {
	case a.SSLMode == "":
		return "verify-full"
	case a.SSLMode == "require" && a.CA != "":
		return "verify-ca"
	}
	return a.SSLMode
}

func (a Address) trust(config *pgx.ConnConfig) error {
	if a.CA == "" {
		return nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(a.CA)) {
		return fmt.Errorf("%w: the CA holds no PEM certificate", ErrInvalidAddress)
	}
	if config.TLSConfig != nil {
		config.TLSConfig.RootCAs = roots
	}
	for _, fallback := range config.Fallbacks {
		if fallback.TLSConfig != nil {
			fallback.TLSConfig.RootCAs = roots
		}
	}
	return nil
}
