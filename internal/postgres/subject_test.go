package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const anIssuer = "https://id.example"

// province is two counties in one directory, which an API and a worker follow.
type province struct {
	t               *testing.T
	here, elsewhere *pgtest.Fixture
	directory       *tenantdb.Directory
	database        postgres.Address // the directory's, as a superuser
	api, worker     *postgres.Shared
}

func newProvince(t *testing.T) *province {
	t.Helper()
	p := &province{t: t, here: pgtest.County(t, "孙武镇"), elsewhere: pgtest.County(t)}
	name := pgtest.UnusedDatabase(t)
	directory, err := p.here.Server.EnsureDirectory(t.Context(), name)
	p.must(err)
	t.Cleanup(directory.Close)
	p.directory, p.database = directory, pgtest.Superuser(t)
	p.database.Database = name
	p.here.List(directory)
	p.list(p.elsewhere.Address.Port)
	p.api = p.open(tenantdb.APILogin, pgtest.APIPassword)
	p.worker = p.open(tenantdb.WorkerLogin, pgtest.WorkerPassword)
	return p
}

func (p *province) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// list says on which port the other county's database is.
func (p *province) list(port int) {
	p.t.Helper()
	_, err := p.directory.PutCounty(p.t.Context(), tenantdb.CountyEntry{Code: p.elsewhere.Code, Name: "外县", Host: p.elsewhere.Address.Host, Port: port,
		SSLMode: p.elsewhere.Address.SSLMode, State: "active"})
	p.must(err)
}

func (p *province) open(login, password string) *postgres.Shared {
	p.t.Helper()
	address := p.here.Address
	address.Database, address.User, address.Password = p.database.Database, login, password
	shared, err := postgres.NewShared(p.t.Context(), postgres.SharedConfig{Directory: address, Keys: p.here.Keys.Ring})
	p.must(err)
	p.t.Cleanup(shared.Close)
	p.must(eventually(p.t, func() error { return shared.Ready(p.t.Context()) }))
	return shared
}

// sweep has the worker compare both counties, and gives how many rows it put right.
func (p *province) sweep() (changed int) {
	p.t.Helper()
	for _, code := range []string{p.here.Code, p.elsewhere.Code} {
		count, err := p.worker.SweepSubjects(p.t.Context(), code)
		p.must(err)
		changed += count
	}
	return changed
}

// units are the codes of the units in which the API finds a subject.
func (p *province) units(subject string) []string {
	p.t.Helper()
	found, err := p.api.Units(p.t.Context(), mediation.Principal{Issuer: anIssuer, Subject: subject})
	p.must(err)
	return unitsOf(found)
}

func unitsOf(found []mediation.Membership) []string {
	units := []string{}
	for _, m := range found {
		units = append(units, m.Unit)
	}
	return units
}

// counties are what the directory says of a subject.
func (p *province) counties(subject string) []string {
	p.t.Helper()
	conn := pgtest.Connect(p.t, p.database)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(p.t.Context(), `SELECT county FROM directory.subject WHERE who = $1 ORDER BY county`, postgres.SubjectDigest(anIssuer, subject))
	p.must(err)
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	p.must(err)
	return codes
}

func (p *province) exec(sql string) {
	p.t.Helper()
	pgtest.Exec(p.t, p.database, sql)
}

func (p *province) appoint(f *pgtest.Fixture, subjects ...string) {
	p.t.Helper()
	var list []tenantdb.Administrator
	for _, subject := range subjects {
		list = append(list, tenantdb.Administrator{Issuer: anIssuer, Subject: subject})
	}
	_, err := f.County.PutAdministrators(p.t.Context(), list)
	p.must(err)
}

// hire makes somebody a member of the first county's town, on an instance.
func (p *province) hire(ctx context.Context, on installation, subject string) error {
	service, err := on.Tenant(ctx, p.here.Towns[1])
	if err != nil {
		return err
	}
	administrator := mediation.Actor{Principal: mediation.Principal{Issuer: anIssuer, Subject: "administrator"}, Unit: p.here.Towns[1],
		Roles: []mediation.Role{mediation.RoleCountyAdministrator}}
	_, _, err = service.PutMember(ctx, casework.Request{Actor: administrator},
		mediation.Membership{Issuer: anIssuer, Subject: subject, Name: "王五", Roles: []mediation.Role{mediation.RoleClerk}})
	return err
}

// nowhere is a port on which nobody listens, so that asking a county there shows.
const nowhere = 1

func TestShared_Units_asksOnlyTheCountiesThatTheDirectoryNames(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.appoint(p.here, "zhang")
	p.appoint(p.elsewhere, "zhang", "li")
	both := []string{p.here.Code, p.elsewhere.Code}
	slices.Sort(both)
	if got := p.units("zhang"); !slices.Equal(got, both) {
		t.Fatalf("before anything was compared, everybody is asked: %v", got)
	}
	if first, again := p.sweep(), p.sweep(); first != 3 || again != 0 {
		t.Fatalf("three memberships put %d rows right, then %d", first, again)
	}
	if got := p.counties("zhang"); !slices.Equal(got, both) {
		t.Fatalf("the directory says %v", got)
	}
	if got := p.units("zhang"); !slices.Equal(got, both) {
		t.Fatalf("found in %v", got)
	}
	p.list(nowhere)
	stranger := mediation.Principal{Issuer: anIssuer, Subject: "nobody"}
	p.must(eventually(t, func() error { // until the instances have heard of the new place
		if _, err := p.api.Units(t.Context(), mediation.Principal{Issuer: anIssuer, Subject: "li"}); err == nil {
			return context.DeadlineExceeded
		}
		return nil
	}))
	if got, err := p.api.Units(t.Context(), stranger); err != nil || len(got) != 0 {
		t.Errorf("who is named nowhere is told so without asking a county that is away: %v %v", got, err)
	}
	if got := p.units("zhang"); !slices.Equal(got, []string{p.here.Code}) {
		t.Errorf("one of two counties is away: %v", got)
	}
	p.exec(`UPDATE directory.subject_sweep SET at = at - interval '6 minutes' WHERE county = '` + p.elsewhere.Code + `'`)
	if _, err := p.api.Units(t.Context(), stranger); err == nil {
		t.Error("a county that nobody compared for six minutes is trusted to have no news")
	}
}

func TestShared_Units_asksEverybodyWhenTheDirectoryCannotSay(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.appoint(p.elsewhere, "li")
	p.sweep()
	p.exec(`ALTER TABLE directory.subject RENAME TO away`)
	if got := p.units("li"); !slices.Equal(got, []string{p.elsewhere.Code}) {
		t.Errorf("found in %v", got)
	}
}

func TestShared_namesAMemberInTheSameRequest(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.sweep()
	p.must(p.hire(t.Context(), p.api, "wang"))
	if got := p.units("wang"); !slices.Equal(got, []string{p.here.Towns[1]}) {
		t.Errorf("a member that the shared instance made is found in %v", got)
	}
	county, err := p.api.County(t.Context(), p.here.Code)
	p.must(err)
	administrator := mediation.Actor{Principal: mediation.Principal{Issuer: anIssuer, Subject: "administrator"}, Unit: p.here.Code,
		Roles: []mediation.Role{mediation.RoleCountyAdministrator}}
	_, _, err = county.PutMember(t.Context(), casework.Request{Actor: administrator},
		mediation.Membership{Issuer: anIssuer, Subject: "zhao", Name: "赵六", Roles: []mediation.Role{mediation.RoleReader}})
	p.must(err)
	if got := p.units("zhao"); !slices.Equal(got, []string{p.here.Code}) {
		t.Errorf("a member of the county is found in %v", got)
	}
	p.must(p.directory.PutSubjects(t.Context(), p.elsewhere.Code, []tenantdb.Administrator{{Issuer: anIssuer, Subject: "qian"}, {Issuer: anIssuer, Subject: "qian"}}))
	p.appoint(p.elsewhere, "qian")
	if got := p.units("qian"); !slices.Equal(got, []string{p.elsewhere.Code}) {
		t.Errorf("an administrator whom the operator made is found in %v", got)
	}
}

// TestShared_sweepHealsWhatIsMissing: a dedicated instance reaches no directory, and a directory may be away.
func TestShared_sweepHealsWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.sweep()
	p.must(p.hire(t.Context(), p.here.Dedicated(p.here.Towns[1], nil), "sun"))
	p.exec(`REVOKE INSERT ON directory.subject FROM ` + tenantdb.APILogin)
	if err := p.hire(t.Context(), p.api, "zhou"); err != nil {
		t.Fatalf("a directory that takes nothing stops a change of members: %v", err)
	}
	for _, subject := range []string{"sun", "zhou"} {
		if got := p.units(subject); len(got) != 0 {
			t.Fatalf("%s is found in %v without a row: the test shows nothing", subject, got)
		}
	}
	if healed := p.sweep(); healed != 2 {
		t.Errorf("%d rows put right, want 2", healed)
	}
	for _, subject := range []string{"sun", "zhou"} {
		if got := p.units(subject); !slices.Equal(got, []string{p.here.Towns[1]}) {
			t.Errorf("after a sweep %s is found in %v", subject, got)
		}
	}
}

// TestShared_diesBetweenTheTwoWrites: the directory names the member, and the connection that was to store the membership
// is killed. The row too many harms nobody and goes.
func TestShared_diesBetweenTheTwoWrites(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.sweep()
	p.must(p.hire(t.Context(), p.api, "sun")) // so that everything is open
	held := pgtest.Connect(t, p.here.AsSuperuser())
	defer func() { _ = held.Close(context.Background()) }()
	locked, err := held.Begin(t.Context())
	p.must(err)
	_, err = locked.Exec(t.Context(), `LOCK TABLE county.member IN SHARE ROW EXCLUSIVE MODE`)
	p.must(err)
	hired := make(chan error, 1)
	go func() { hired <- p.hire(context.Background(), p.api, "wu") }()
	p.must(eventually(t, func() error {
		if len(p.counties("wu")) == 0 {
			return context.DeadlineExceeded
		}
		return nil
	}))
	p.must(eventually(t, func() error {
		var killed int
		err := held.QueryRow(t.Context(), `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock') k`).Scan(&killed)
		if err == nil && killed == 0 {
			err = context.DeadlineExceeded
		}
		return err
	}))
	p.must(locked.Rollback(t.Context()))
	if err := <-hired; err == nil {
		t.Fatal("the membership is stored although its connection was killed")
	}
	if got := p.units("wu"); len(got) != 0 {
		t.Errorf("found in %v", got)
	}
	if healed := p.sweep(); healed != 0 || len(p.counties("wu")) != 1 {
		t.Errorf("a row whose membership may be on its way is removed at once: %d put right", healed)
	}
	p.exec(`UPDATE directory.subject SET at = at - interval '11 minutes'`)
	if healed := p.sweep(); healed != 1 || len(p.counties("wu")) != 0 || len(p.counties("sun")) != 1 {
		t.Errorf("%d rows put right; the row too many stays, or the right one goes", healed)
	}
}

func TestShared_rightsOnTheDirectoryOfSubjects(t *testing.T) {
	t.Parallel()
	p := newProvince(t)
	p.appoint(p.here, "zhang")
	p.sweep()
	for login, c := range map[string]struct {
		password string
		removes  bool
		sweeps   bool
	}{
		tenantdb.APILogin:    {pgtest.APIPassword, false, false},
		tenantdb.WorkerLogin: {pgtest.WorkerPassword, true, true},
	} {
		address := p.here.Address
		address.Database, address.User, address.Password = p.database.Database, login, c.password
		conn := pgtest.Connect(t, address)
		may := func(sql string) bool {
			_, err := conn.Exec(t.Context(), sql)
			return err == nil
		}
		if got := may(`DELETE FROM directory.subject WHERE at > now()`); got != c.removes {
			t.Errorf("%s removes: %v", login, got)
		}
		if got := may(`UPDATE directory.subject_sweep SET at = at`); got != c.sweeps {
			t.Errorf("%s says that it compared: %v", login, got)
		}
		if !may(`UPDATE directory.subject SET at = now()`) || may(`UPDATE directory.county SET name = 'x'`) {
			t.Errorf("%s has other rights than declared", login)
		}
		p.must(conn.Close(t.Context()))
	}
	p.exec(`DELETE FROM directory.tenant; DELETE FROM directory.county`)
	if got := p.counties("zhang"); len(got) != 0 {
		t.Errorf("a county that is gone is still named: %v", got)
	}
}
