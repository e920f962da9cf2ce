package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgres is the server of the run.
type postgres struct {
	admin     *url.URL // the login that the operator uses: CREATEROLE and CREATEDB, no superuser
	superuser string   // URL, "" on a server that was given
	stop      func() error
}

// adminLogin is the operator's login on the demo's own server.
const adminLogin = "demo_admin"

// startPostgres starts a private server, or takes the given one when a cluster is given too.
func (d *demo) startPostgres(ctx context.Context) error {
	if given := os.Getenv("TIAOJIE_POSTGRES_URL"); given != "" && os.Getenv("KUBECONFIG") != "" {
		admin, err := url.Parse(given)
		if err != nil || admin.User == nil {
			return fmt.Errorf("TIAOJIE_POSTGRES_URL: write postgres://USER:PASSWORD@HOST:5432/postgres?sslmode=verify-full")
		}
		d.postgres = &postgres{admin: admin, stop: func() error { return nil }}
		d.progress.note("uses the given server %s", admin.Host)
		return nil
	}
	script, name := filepath.Join(d.root, "hack", "postgres.sh"), fmt.Sprintf("demo-%d", os.Getpid())
	d.postgres = &postgres{stop: func() error { return exec.CommandContext(context.Background(), script, "stop", name).Run() }}
	out, err := d.command(ctx, "", script, "start", name)
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(out, "TIAOJIE_TEST_POSTGRES='")
	d.postgres.superuser, _, _ = strings.Cut(rest, "'")
	return d.postgres.makeAdmin(ctx)
}

// makeAdmin makes the login that a managed service would hand out.
func (p *postgres) makeAdmin(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.superuser)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	password := rand.Text()
	if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN CREATEROLE CREATEDB PASSWORD '%s'", adminLogin, password)); err != nil {
		return err
	}
	p.admin, err = url.Parse(p.superuser)
	if err == nil {
		p.admin.User = url.UserPassword(adminLogin, password)
	}
	return err
}

func (p *postgres) host() string { return p.admin.Hostname() }

func (p *postgres) port() int {
	port, err := strconv.Atoi(p.admin.Port())
	if err != nil {
		return 5432
	}
	return port
}

func (p *postgres) database() string {
	if name := strings.TrimPrefix(p.admin.Path, "/"); name != "" {
		return name
	}
	return "postgres"
}

func (p *postgres) sslMode() string {
	if mode := p.admin.Query().Get("sslmode"); mode != "" {
		return mode
	}
	return "verify-full"
}

func (p *postgres) password() string {
	password, _ := p.admin.User.Password()
	return password
}

// as is the URL of another login on another database of the same server.
func (p *postgres) as(user, password, database string) string {
	other := *p.admin
	other.User = url.UserPassword(user, password)
	other.Path = "/" + database
	return other.String()
}
