package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// SharedConfig is what the shared instance is given: the directory, and the installation's key.
type SharedConfig struct {
	Directory Address // its login is used on every county's server too
	Keys      *seal.Keyring
	Cipher    seal.Cipher // what seals from now on; "" is AES-256-GCM
	Pools     PoolsConfig
	Clock     func() time.Time // nil means time.Now
	// DailyReveals is how many times a day a person may see what is masked; 0 means casework's own figure.
	DailyReveals int
	// Blobs gives a tenant its place for attachments; nil means there are none.
	Blobs func(tenant string) casework.Blobs
}

// Shared serves every tenant and every county of the directory.
type Shared struct {
	config    SharedConfig
	directory *Directory
	pools     *Pools
	mu        sync.Mutex
	tenants   map[string]*openTenant
	counties  map[string]*openCounty
}

// openTenant is a tenant whose schema version and data keys were found right.
type openTenant struct {
	place      *rolePool
	service    *casework.Service
	references *casework.References // outlive the service
	codec      *seal.Codec          // too: keys that it knows are not opened again
	county     seal.BlindKey
	checked    time.Time
}

type openCounty struct {
	place   *rolePool
	store   *CountyStore
	service *countywide.Service
	checked time.Time
}

// NewShared makes the instance and begins to follow the directory. It does not wait for the database.
func NewShared(_ context.Context, config SharedConfig) (*Shared, error) {
	if config.Keys == nil {
		return nil, errors.New("the shared instance needs the installation's key")
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	directory, err := FollowDirectory(config.Directory)
	if err != nil {
		return nil, err
	}
	return &Shared{
		config: config, directory: directory, pools: NewPools(config.Pools),
		tenants: map[string]*openTenant{}, counties: map[string]*openCounty{},
	}, nil
}

// Close stops following and ends all connections.
func (s *Shared) Close() {
	s.directory.Close()
	s.pools.Close()
}

// Stats counts the connections.
func (s *Shared) Stats() PoolStats { return s.pools.Stats() }

// Ready is an error until the directory was read once, and while the instance has another key than the data is sealed
// with. No county yet, or a database that goes away later, is no reason to send nobody here.
func (s *Shared) Ready(context.Context) error {
	id, known := s.directory.KeyID()
	if !known {
		return errors.New("the directory has not been read yet: check TIAOJIE_DIRECTORY_* and whether the operator has made it")
	}
	if id != "" && !s.config.Keys.Knows(id) {
		return fmt.Errorf("this instance has key %s, the installation's data is sealed with key %s: restore the Secret tiaojie-keys", s.config.Keys.ID(), id)
	}
	return nil
}

func (s *Shared) login(c DirectoryCounty) Address {
	address := c.Address()
	address.User, address.Password = s.config.Directory.User, s.config.Directory.Password
	return address
}

// Tenant gives a tenant's service, after its schema version and data keys were found right.
func (s *Shared) Tenant(ctx context.Context, code string) (*casework.Service, error) {
	t, err := s.directory.Tenant(ctx, code)
	if err != nil {
		return nil, err
	}
	c, err := s.directory.County(ctx, t.County)
	if err != nil {
		return nil, err
	}
	role := "t" + t.Code
	place := s.pools.at(s.login(c), role, role+", county")
	s.mu.Lock()
	open, ok := s.tenants[code]
	s.mu.Unlock()
	if ok && open.place == place && time.Since(open.checked) < schemaTrust {
		return open.service, nil
	}
	known := &openTenant{references: casework.NewReferences()}
	if ok && open.place == place {
		known = open
	}
	open, err = s.openTenant(ctx, place, code, known)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[code] = open
	return open.service, nil
}

func (s *Shared) openTenant(ctx context.Context, place *rolePool, code string, known *openTenant) (*openTenant, error) {
	codec, county := known.codec, known.county
	err := use(ctx, place, func(pool *pgxpool.Pool) (err error) {
		if err := checkSchemas(ctx, pool, code); err != nil {
			return err
		}
		if county.IsZero() {
			if county, err = openCountyKey(ctx, pool, mediation.CountyOf(code), s.config.Keys); err != nil {
				return err
			}
		}
		codec, err = s.codec(ctx, pool, place, code, codec)
		return err
	})
	if err != nil {
		return nil, notYet(err, "t"+code)
	}
	options := append(withBlobs(s.config.Blobs, code), casework.WithReferences(known.references), casework.WithDailyReveals(s.config.DailyReveals))
	store := newTenantStore(place, code, codec, county)
	store.directory = s.directory
	service := casework.New(store, s.config.Clock, options...)
	return &openTenant{place: place, service: service, references: known.references, codec: codec, county: county, checked: time.Now()}, nil
}

// codec is the tenant's codec with its keys as they are now; known is the one before, nil at first. What is open already stays
// open though a key that came since cannot be opened: a rotation asks for both keys, but a late one must not stop a town.
func (s *Shared) codec(ctx context.Context, pool *pgxpool.Pool, place *rolePool, code string, known *seal.Codec) (*seal.Codec, error) {
	if known != nil && known.Shredded() {
		return known, nil
	}
	open, opened := byRing(s.config.Keys, code), []seal.DataKey(nil)
	if known != nil {
		opened = known.Keys()
	}
	keys, err := readDataKeys(ctx, pool, code, opened, open)
	if known != nil && mediation.CodeOf(err) == "data-key" {
		slog.WarnContext(ctx, "a new data key is not open to this instance", "tenant", code, "error", err)
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	if known != nil {
		return known, known.Learn(keys)
	}
	made, err := newCodec(keys, s.config.Cipher)
	if err == nil {
		reloading(made, place.address, code, open)
	}
	return made, err
}

// withBlobs gives the service of a tenant its place for attachments, where there is one.
func withBlobs(places func(tenant string) casework.Blobs, code string) []casework.Option {
	if places == nil {
		return nil
	}
	return []casework.Option{casework.WithBlobs(places(code))}
}

// notYet reads "role does not exist" and the like as a unit that is not (or no longer) provisioned.
func notYet(err error, schema string) error {
	if missing(err) || unbound(err) {
		return wrongSchema(schema, 0)
	}
	return err
}

// County gives a county's service.
func (s *Shared) County(ctx context.Context, code string) (*countywide.Service, error) {
	open, err := s.county(ctx, code)
	if err != nil {
		return nil, err
	}
	return open.service, nil
}

func (s *Shared) county(ctx context.Context, code string) (*openCounty, error) {
	c, err := s.directory.County(ctx, code)
	if err != nil {
		return nil, err
	}
	place := s.pools.at(s.login(c), "county_"+code, "county")
	s.mu.Lock()
	open, ok := s.counties[code]
	s.mu.Unlock()
	if ok && open.place == place && time.Since(open.checked) < schemaTrust {
		return open, nil
	}
	err = use(ctx, place, func(pool *pgxpool.Pool) error {
		return checkSchema(ctx, pool, CountySet, "county", oldestCountyVersion)
	})
	if err != nil {
		return nil, notYet(err, "county of "+code)
	}
	store := newCountyStore(place, code)
	store.directory = s.directory
	open = &openCounty{place: place, store: store, service: countywide.New(store, s.config.Clock, countywide.WithReferenceCheck(casework.CheckReference)), checked: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counties[code] = open
	return open, nil
}

// unitsAtOnce bounds how many counties are asked at the same time.
const unitsAtOnce = 8

// Units lists where the caller is a member, by unit, asking the counties that the directory names. A county that does not
// answer is left out, and logged: the others can still be worked in. When nothing is found and a county did not answer, its
// error is the answer.
func (s *Shared) Units(ctx context.Context, who mediation.Principal) ([]mediation.Membership, error) {
	counties, err := s.directory.countiesOf(ctx, who)
	if err != nil {
		return nil, err
	}
	found := make([][]mediation.Membership, len(counties))
	failed := make([]error, len(counties))
	gate := make(chan struct{}, unitsAtOnce)
	var group sync.WaitGroup
	for i, c := range counties {
		group.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			open, err := s.county(ctx, c.Code)
			if err == nil {
				found[i], err = open.store.AllMemberships(ctx, who.Issuer, who.Subject)
			}
			if err != nil {
				slog.WarnContext(ctx, "units: county left out", "county", c.Code, "error", err)
				failed[i] = err
			}
		})
	}
	group.Wait()
	var units []mediation.Membership
	for _, list := range found {
		units = append(units, list...)
	}
	if len(units) == 0 {
		// "Member of nothing" is an answer only when everyone was asked.
		return nil, errors.Join(errors.Join(failed...), ctx.Err())
	}
	return units, ctx.Err()
}

// Counties lists the directory's counties by code.
func (s *Shared) Counties(ctx context.Context) ([]countywide.County, error) {
	rows, err := s.directory.Counties(ctx)
	if err != nil {
		return nil, err
	}
	tenants, err := s.directory.Tenants(ctx, "")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, t := range tenants {
		counts[t.County]++
	}
	list := make([]countywide.County, 0, len(rows))
	for _, c := range rows {
		list = append(list, countywide.County{Code: c.Code, Name: c.Name, Tenants: counts[c.Code]})
	}
	return list, nil
}

// Tenants lists the directory's tenants by code; county "" means all.
func (s *Shared) Tenants(ctx context.Context, county string) ([]casework.Tenant, error) {
	rows, err := s.directory.Tenants(ctx, county)
	if err != nil {
		return nil, err
	}
	list := make([]casework.Tenant, 0, len(rows))
	for _, t := range rows {
		list = append(list, casework.Tenant{Code: t.Code, County: t.County, Name: t.Name, Kind: t.Kind, Mode: t.Mode, State: t.State,
			SchemaVersion: t.SchemaVersion, OpenCasesQuota: t.OpenCasesQuota, UpdatedAt: t.UpdatedAt})
	}
	return list, nil
}

// Waiting lists the tenants of a county that have a clock to raise by now, by code. The county's own role tells it in one
// statement, so that nobody has to log in to each tenant to learn that there is nothing to do.
func (s *Shared) Waiting(ctx context.Context, county string) ([]string, error) {
	open, err := s.county(ctx, county)
	if err != nil {
		return nil, err
	}
	return open.store.waiting(ctx, s.config.Clock())
}
