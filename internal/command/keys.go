package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// KeysCommand looks after the keys that data is sealed with.
type KeysCommand struct {
	New    KeysNewCommand    `cmd:"" help:"Print a new key-encryption key (生成主密钥)."`
	Shred  KeysShredCommand  `cmd:"" help:"Destroy a tenant's data keys for good: nothing of it can be read any more (销毁单位密钥)."`
	Rotate KeysRotateCommand `cmd:"" help:"Wrap all data keys by the current key-encryption key, and make new data keys when asked to (轮换密钥)."`
}

// KeysNewCommand makes a key.
type KeysNewCommand struct{}

// Run prints the key, and its fingerprint to the other stream: the key may then be piped into a Secret.
func (c *KeysNewCommand) Run(streams IO) error {
	text, err := seal.NewKeyEncryptionKeyText()
	if err != nil {
		return err
	}
	key, err := seal.ParseKeyEncryptionKey(text)
	if err != nil {
		return err
	}
	say(streams.Out, "%s\n", text)
	say(streams.Err, "key 密钥 %s\n", key.ID())
	return nil
}

// adminFlags reach every county's database as tiaojie_operator. In the operator's pod those of the directory are set already.
type adminFlags struct {
	Host          string   `env:"TIAOJIE_DIRECTORY_HOST" name:"directory-host" help:"Server of the directory database."`
	Port          int      `env:"TIAOJIE_DIRECTORY_PORT" name:"directory-port" default:"5432" help:"Its port."`
	Name          string   `env:"TIAOJIE_DIRECTORY_NAME" name:"directory-name" default:"tiaojie" help:"The directory database."`
	SSLMode       string   `env:"TIAOJIE_DIRECTORY_SSLMODE" name:"directory-sslmode" default:"verify-full" help:"disable, require, verify-ca or verify-full."`
	CA            string   `env:"TIAOJIE_DIRECTORY_CA" name:"directory-ca" help:"PEM certificates that the server's is checked against."`
	AdminDatabase string   `env:"TIAOJIE_DIRECTORY_ADMIN_DATABASE" name:"directory-admin-database" default:"postgres" help:"Database to connect to first."`
	AdminUser     string   `env:"TIAOJIE_DIRECTORY_ADMIN_USER" name:"directory-admin-user" help:"Admin login, as the operator's."`
	AdminPassword string   `env:"TIAOJIE_DIRECTORY_ADMIN_PASSWORD" name:"directory-admin-password" help:"Its password."`
	Server        []string `env:"TIAOJIE_SERVERS" placeholder:"URL" help:"Admin logins of further servers with counties: postgres://USER:PASSWORD@HOST:PORT/postgres?sslmode=…"`
}

// estate is the installation as its keys see it: the directory, and the servers of its counties.
type estate struct {
	directory *tenantdb.Directory
	servers   map[string]*tenantdb.Server // by host:port
}

func (f adminFlags) open(ctx context.Context) (*estate, error) {
	if f.Host == "" || f.AdminUser == "" {
		return nil, errors.New("no database: set TIAOJIE_DIRECTORY_HOST, TIAOJIE_DIRECTORY_ADMIN_USER and TIAOJIE_DIRECTORY_ADMIN_PASSWORD, as the operator has them")
	}
	home := tenantdb.Endpoint{Host: f.Host, Port: f.Port, Database: f.AdminDatabase, User: f.AdminUser, Password: f.AdminPassword, SSLMode: f.SSLMode, CA: f.CA}
	e := &estate{servers: map[string]*tenantdb.Server{}}
	server, err := e.add(ctx, home)
	if err != nil {
		return nil, err
	}
	for i, url := range f.Server {
		address, err := postgres.ParseAddress(url)
		if err == nil {
			_, err = e.add(ctx, address)
		}
		if err != nil {
			e.close()
			return nil, fmt.Errorf("server %d of TIAOJIE_SERVERS: %w", i+1, err)
		}
	}
	if e.directory, err = server.EnsureDirectory(ctx, f.Name); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *estate) add(ctx context.Context, endpoint tenantdb.Endpoint) (*tenantdb.Server, error) {
	server, err := tenantdb.Open(ctx, endpoint)
	if err == nil {
		e.servers[place(endpoint.Host, endpoint.Port)] = server
	}
	return server, err
}

func place(host string, port int) string { return fmt.Sprintf("%s:%d", host, port) }

func (e *estate) close() {
	if e.directory != nil {
		e.directory.Close()
	}
	for _, server := range e.servers {
		server.Close()
	}
}

// county opens a county's database where the directory says that it is.
func (e *estate) county(ctx context.Context, entry tenantdb.CountyEntry) (*tenantdb.County, error) {
	server := e.servers[place(entry.Host, entry.Port)]
	if server == nil {
		return nil, fmt.Errorf("county %s lies on %s: give an admin login of that server as TIAOJIE_SERVERS 请提供该服务器的管理员登录",
			entry.Code, place(entry.Host, entry.Port))
	}
	return server.County(ctx, entry.Code)
}

// KeysRotateCommand wraps all keys anew.
type KeysRotateCommand struct {
	Admin     adminFlags    `embed:"" group:"Directory"`
	Keys      ringFlags     `embed:"" group:"Keys"`
	Ciphers   cipherFlags   `embed:"" group:"Keys"`
	Secret    string        `placeholder:"FILE" help:"The Secret tiaojie-keys as kubectl get -o json prints it, instead of the keys; - reads standard input." group:"Keys"`
	DataKeys  bool          `help:"Make a new data key for every tenant too: what is written from now on is sealed with it."`
	OlderThan time.Duration `default:"1h" help:"With --data-keys: only where the newest data key is older, so that a run that was cut off may be repeated."`
}

// Run goes through all counties and binds the installation to the current key when every one was rotated. It may be cut off and
// repeated at any time: all instances know both keys meanwhile.
func (c *KeysRotateCommand) Run(ctx context.Context, streams IO) error {
	if c.Secret != "" {
		text, err := readFile(c.Secret, streams)
		if err == nil {
			err = c.Keys.fromSecret(text)
		}
		if err != nil {
			return err
		}
	}
	ring, _, err := c.Keys.with(c.Ciphers)
	if err != nil {
		return err
	}
	installed, err := c.Admin.open(ctx)
	if err != nil {
		return err
	}
	defer installed.close()
	if _, bound, err := installed.directory.Installation(ctx); err != nil {
		return err
	} else if bound != "" && !ring.Knows(bound) {
		return fmt.Errorf("the installation's data is sealed with key %s, which is not given: set it as TIAOJIE_PREVIOUS_KEYS 请提供原密钥", bound)
	}
	counties, err := installed.directory.Counties(ctx)
	if err != nil {
		return err
	}
	olderThan := time.Duration(-1)
	if c.DataKeys {
		olderThan = max(c.OlderThan, 0)
	}
	var failures []error
	for _, entry := range counties {
		failures = append(failures, rotateCounty(ctx, streams, installed, entry, tenantdb.Keys{Ring: ring}, olderThan))
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("not everything was rotated; keep the previous key and run it again 未全部完成，请保留旧密钥并重新执行: %w", err)
	}
	if err := installed.directory.RebindKey(ctx, ring); err != nil {
		return err
	}
	say(streams.Out, "all of %d counties 个区县: wrapped by key 由密钥 %s 封装\n", len(counties), ring.ID())
	return nil
}

func rotateCounty(ctx context.Context, streams IO, installed *estate, entry tenantdb.CountyEntry, keys tenantdb.Keys, olderThan time.Duration) error {
	county, err := installed.county(ctx, entry)
	if err != nil {
		return err
	}
	defer county.Close()
	return county.Rotate(ctx, keys, olderThan, func(done tenantdb.Rotation, err error) {
		switch {
		case err != nil:
			say(streams.Err, "%s: %v\n", done.Unit, err)
		case done.Shredded:
			say(streams.Out, "%s: shredded 已销毁\n", done.Unit)
		case done.New > 0:
			say(streams.Out, "%s: %d wrapped anew 重新封装, new data key 新数据密钥 %d\n", done.Unit, done.Rewrapped, done.New)
		default:
			say(streams.Out, "%s: %d wrapped anew 重新封装\n", done.Unit, done.Rewrapped)
		}
	})
}

// KeysShredCommand destroys a tenant's keys.
type KeysShredCommand struct {
	Admin   adminFlags `embed:"" group:"Directory"`
	Tenant  string     `required:"" placeholder:"CODE" help:"9-digit code of the tenant."`
	Confirm string     `required:"" placeholder:"CODE" help:"The same code again: this cannot be undone."`
}

// Run destroys the keys. The tenant's cases stay as lines without words.
func (c *KeysShredCommand) Run(ctx context.Context, streams IO) error {
	if len(c.Tenant) != 9 || strings.Trim(c.Tenant, "0123456789") != "" {
		return errors.New("--tenant takes a code of nine digits 请提供九位代码")
	}
	if c.Confirm != c.Tenant {
		return errors.New("--confirm is not the code of --tenant: nothing was destroyed 确认代码不符，未销毁任何密钥")
	}
	installed, err := c.Admin.open(ctx)
	if err != nil {
		return err
	}
	defer installed.close()
	counties, err := installed.directory.Counties(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(counties, func(e tenantdb.CountyEntry) bool { return e.Code == c.Tenant[:6] })
	if at < 0 {
		return fmt.Errorf("there is no county %s in this installation: nothing was destroyed 本安装没有该区县", c.Tenant[:6])
	}
	county, err := installed.county(ctx, counties[at])
	if err != nil {
		return err
	}
	defer county.Close()
	changed, err := county.Shred(ctx, c.Tenant)
	if err != nil {
		return err
	}
	if !changed {
		say(streams.Out, "%s: shredded before 此前已销毁\n", c.Tenant)
		return nil
	}
	say(streams.Out, "%s: data keys destroyed 数据密钥已销毁; the county's record says so 已记入区县留痕\n", c.Tenant)
	say(streams.Out, "instances forget them within 30 seconds, the town's Secret within the operator's full check; backups still hold them, wrapped: "+
		"rotate the key-encryption key and destroy the old one to make it final 备份中仍有封装的密钥，请轮换并销毁旧主密钥\n")
	return nil
}
