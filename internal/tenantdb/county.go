package tenantdb

import "context"

// County is an open pool into one county's database as tiaojie_operator.
type County struct{}

// Administrator is an API subject that the County resource names.
type Administrator struct{ Issuer, Subject string }

// County opens a county's database; without one the error is a Problem Absent.
func (s *Server) County(ctx context.Context, code string) (*County, error) { return nil, errNotYet }

// Close ends all connections.
func (c *County) Close() {}

// MigrateCounty brings the schema county, its grants and policies up to date.
func (c *County) MigrateCounty(ctx context.Context) (version int, changed bool, err error) {
	return 0, false, errNotYet
}

// PutCounty writes the county's own row.
func (c *County) PutCounty(ctx context.Context, entry CountyEntry) (changed bool, err error) {
	return false, errNotYet
}

// PutAdministrators makes the given subjects, and no others, the county's administrators that come from the resource.
func (c *County) PutAdministrators(ctx context.Context, administrators []Administrator) (changed bool, err error) {
	return false, errNotYet
}

// EnsureTenantRoles makes the owner role o<code> and the tenant role t<code> with their memberships.
func (c *County) EnsureTenantRoles(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}

// EnsureTenantSchema makes the schema t<code>, owned by o<code>.
func (c *County) EnsureTenantSchema(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}

// MigrateTenant brings the tables and grants of t<code> up to date and gives it its default committee.
func (c *County) MigrateTenant(ctx context.Context, code string) (version int, changed bool, err error) {
	return 0, false, errNotYet
}

// EnsureSlot makes the login t<code>_<slot> ("a" or "b") that can only become t<code>.
func (c *County) EnsureSlot(ctx context.Context, code, slot, password string, connections int) (changed bool, err error) {
	return false, errNotYet
}

// CloseSlots takes LOGIN from all slots of a tenant (retained, or served in shared mode).
func (c *County) CloseSlots(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}

// PutTenant writes the tenant's row in its county.
func (c *County) PutTenant(ctx context.Context, entry TenantEntry) (changed bool, err error) {
	return false, errNotYet
}

// RemoveTenant removes the tenant's row in its county; its cases and claim stay.
func (c *County) RemoveTenant(ctx context.Context, code string) (changed bool, err error) {
	return false, errNotYet
}
