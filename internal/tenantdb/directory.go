package tenantdb

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// Directory is the installation's own database: where each county and tenant lives.
type Directory struct{ pool *pgxpool.Pool }

// CountyEntry is a county's row in the directory. It holds no secret.
type CountyEntry struct {
	Code, Name    string
	Host          string
	Port          int
	Database      string // "" means county_<code>
	SSLMode, CA   string
	State         string // active or suspended
	SchemaVersion int
}

// TenantEntry is a tenant's row in the directory and in its county.
type TenantEntry struct {
	Code, County, Name, Kind string
	Mode                     string // Dedicated or Shared
	State                    string // active or suspended
	SchemaVersion            int
	OpenCasesQuota           int // 0 means none
	// The county's row alone holds the further limits; 0 means none.
	StorageQuota     int64 // bytes of all attachments
	AttachmentsQuota int   // of one case
	RequestsQuota    int   // a minute, at each instance
}

// directoryRights let the two server-wide logins read the directory, and keep in it in which counties somebody is a member.
func directoryRights() map[right]bool {
	declared := map[right]bool{}
	for relation, verbs := range map[string]map[string]string{
		"subject":       {APILogin: "SELECT INSERT UPDATE", WorkerLogin: "SELECT INSERT UPDATE DELETE"},
		"subject_sweep": {APILogin: "SELECT", WorkerLogin: "SELECT INSERT UPDATE"},
	} {
		for login, verbs := range verbs {
			for verb := range strings.FieldsSeq(verbs) {
				declared[right{relation: relation, grantee: login, verb: verb}] = true
			}
		}
	}
	for _, login := range []string{APILogin, WorkerLogin} {
		declared[right{grantee: login, verb: "USAGE"}] = true
		for _, table := range []string{"schema_migration", "installation", "county", "tenant"} {
			declared[right{relation: table, grantee: login, verb: "SELECT"}] = true
		}
	}
	return declared
}

// EnsureDirectory creates and migrates the directory database and opens it. EnsureRoles comes first.
func (s *Server) EnsureDirectory(ctx context.Context, database string) (*Directory, error) {
	err := s.asOperator(ctx, func(conn *pgx.Conn) error {
		_, err := ensureDatabase(ctx, conn, database, APILogin, WorkerLogin)
		return err
	})
	if err != nil {
		return nil, problemOf(err, "make the directory database "+database)
	}
	endpoint := s.endpoint
	endpoint.Database = database
	pool, err := openPool(ctx, endpoint, maxServerConnections, becomeOperator)
	if err != nil {
		return nil, problemOf(err, "open the directory database "+database)
	}
	if err := locked(ctx, pool, "directory", func(tx pgx.Tx) error { return migrateDirectory(ctx, tx) }); err != nil {
		pool.Close()
		return nil, problemOf(err, "migrate the directory database "+database)
	}
	if err := ensureRiver(ctx, pool); err != nil {
		pool.Close()
		return nil, problemOf(err, "migrate the wake-ups in the directory database "+database)
	}
	return &Directory{pool: pool}, nil
}

func migrateDirectory(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS directory`); err != nil {
		return err
	}
	if _, _, err := postgres.Migrate(ctx, tx, postgres.DirectorySet, "directory"); err != nil {
		return err
	}
	found, err := observeRights(ctx, tx, []string{"directory"})
	if err != nil {
		return err
	}
	_, statements := rightsDrift("directory", directoryRights(), found["directory"])
	if _, err := run(ctx, tx, statements); err != nil {
		return err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO installation (id) VALUES ($1) ON CONFLICT DO NOTHING`, id.String())
	return err
}

// Close ends all connections.
func (d *Directory) Close() { d.pool.Close() }

// Installation gives this installation's id (a UUID, made once) and the public id of the key it is bound to ("" = none).
func (d *Directory) Installation(ctx context.Context) (id, keyID string, err error) {
	err = d.pool.QueryRow(ctx, `SELECT id::text, key_id FROM directory.installation`).Scan(&id, &keyID)
	return id, keyID, problemOf(err, "read the installation's id")
}

// BindKey records the key-encryption key's public id; another one already bound is a Problem KeyMismatch.
func (d *Directory) BindKey(ctx context.Context, keyID string) error {
	tag, err := d.pool.Exec(ctx, `UPDATE directory.installation SET key_id = $1 WHERE key_id IN ('', $1)`, keyID)
	if err != nil {
		return problemOf(err, "bind the installation's key")
	}
	if tag.RowsAffected() == 0 {
		return &Problem{Reason: ReasonKeyMismatch, Message: "this installation's data is sealed with another key: restore the Secret tiaojie-keys from its backup"}
	}
	return nil
}

// PutCounty writes a county's row and wakes the followers when it changed.
func (d *Directory) PutCounty(ctx context.Context, entry CountyEntry) (changed bool, err error) {
	if entry.Database == "" {
		entry.Database = CountyDatabase(entry.Code)
	}
	if entry.Port == 0 {
		entry.Port = 5432
	}
	if entry.SSLMode == "" {
		entry.SSLMode = "verify-full"
	}
	return d.write(ctx, entry.Code, `INSERT INTO directory.county AS c (code, name, host, port, database, sslmode, ca, state, schema_version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, host = excluded.host, port = excluded.port, database = excluded.database,
			sslmode = excluded.sslmode, ca = excluded.ca, state = excluded.state, schema_version = excluded.schema_version, updated_at = now()
		WHERE (c.name, c.host, c.port, c.database, c.sslmode, c.ca, c.state, c.schema_version) IS DISTINCT FROM
			(excluded.name, excluded.host, excluded.port, excluded.database, excluded.sslmode, excluded.ca, excluded.state, excluded.schema_version)`,
		entry.Code, entry.Name, entry.Host, entry.Port, entry.Database, entry.SSLMode, entry.CA, entry.State, entry.SchemaVersion)
}

// PutTenant writes a tenant's row and wakes the followers when it changed.
func (d *Directory) PutTenant(ctx context.Context, entry TenantEntry) (changed bool, err error) {
	if entry.County == "" && len(entry.Code) == 9 {
		entry.County = entry.Code[:6]
	}
	return d.write(ctx, entry.Code, `INSERT INTO directory.tenant AS t (code, county, name, kind, mode, state, schema_version, open_cases_quota)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, mode = excluded.mode, state = excluded.state,
			schema_version = excluded.schema_version, open_cases_quota = excluded.open_cases_quota, updated_at = now()
		WHERE (t.name, t.kind, t.mode, t.state, t.schema_version, t.open_cases_quota) IS DISTINCT FROM
			(excluded.name, excluded.kind, excluded.mode, excluded.state, excluded.schema_version, excluded.open_cases_quota)`,
		entry.Code, entry.County, entry.Name, entry.Kind, entry.Mode, entry.State, entry.SchemaVersion, entry.OpenCasesQuota)
}

// PutSubjects names administrators of a county among those who are members there.
func (d *Directory) PutSubjects(ctx context.Context, county string, administrators []Administrator) error {
	digests, issuers := [][]byte{}, []string{}
	for _, a := range administrators {
		digests, issuers = append(digests, postgres.SubjectDigest(a.Issuer, a.Subject)), append(issuers, a.Issuer)
	}
	_, err := d.pool.Exec(ctx, postgres.PutSubjects, county, digests, issuers)
	return problemOf(err, "name the administrators of county "+county+" in the directory")
}

// RemoveTenant removes a tenant's row; a missing one is fine.
func (d *Directory) RemoveTenant(ctx context.Context, code string) (changed bool, err error) {
	return d.write(ctx, code, `DELETE FROM directory.tenant WHERE code = $1`, code)
}

// RemoveCounty removes a county's row and its tenants' rows.
func (d *Directory) RemoveCounty(ctx context.Context, code string) (changed bool, err error) {
	return d.write(ctx, code, `DELETE FROM directory.county WHERE code = $1`, code)
}

// write runs one statement and, when it changed a row, notifies the followers with the unit's code at commit.
func (d *Directory) write(ctx context.Context, code, statement string, args ...any) (changed bool, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, statement, args...)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		changed = true
		_, err = tx.Exec(ctx, `SELECT pg_notify($1, $2)`, postgres.DirectoryChannel, code)
		return err
	})
	return changed && err == nil, problemOf(err, "write the directory row of "+code)
}
