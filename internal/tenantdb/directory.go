package tenantdb

import "context"

// Directory is the installation's own database: where each county and tenant lives.
type Directory struct{}

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
}

// EnsureDirectory creates and migrates the directory database and opens it.
func (s *Server) EnsureDirectory(ctx context.Context, database string) (*Directory, error) {
	return nil, errNotYet
}

// Close ends all connections.
func (d *Directory) Close() {}

// Installation gives this installation's id (a UUID, made once) and the public id of the key it is bound to ("" = none).
func (d *Directory) Installation(ctx context.Context) (id, keyID string, err error) {
	return "", "", errNotYet
}

// BindKey records the key-encryption key's public id; another one already bound is a Problem KeyMismatch.
func (d *Directory) BindKey(ctx context.Context, keyID string) error { return errNotYet }

// PutCounty writes a county's row and wakes the followers when it changed.
func (d *Directory) PutCounty(ctx context.Context, entry CountyEntry) (changed bool, err error) {
	return false, errNotYet
}

// PutTenant writes a tenant's row and wakes the followers when it changed.
func (d *Directory) PutTenant(ctx context.Context, entry TenantEntry) (changed bool, err error) {
	return false, errNotYet
}

// RemoveTenant removes a tenant's row; a missing one is fine.
func (d *Directory) RemoveTenant(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}

// RemoveCounty removes a county's row and its tenants' rows.
func (d *Directory) RemoveCounty(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}
