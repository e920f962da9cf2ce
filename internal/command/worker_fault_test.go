package command

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
)

// overdue files cases a long time ago, so that the worker finds them overdue.
func overdue(t *testing.T, f *pgtest.Fixture, town string, cases int) {
	t.Helper()
	long := time.Now().AddDate(0, 0, -60)
	service := casework.New(f.Store(town), func() time.Time { return long })
	clerk := casework.Request{Actor: mediation.Actor{
		Principal: mediation.Principal{Issuer: "https://id.example", Subject: "clerk"}, Unit: town, Roles: []mediation.Role{mediation.RoleClerk},
	}}
	for range cases {
		if _, _, err := service.FileCase(t.Context(), clerk, mediation.Filing{
			Type: "02", Source: mediation.SourceApplication, Title: "院墙纠纷", Facts: "院墙超出边界。", Claims: "拆除。", Parties: []mediation.Party{
				{Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"}, {Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李四"},
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// eventsOf counts the events that say that a clock is overdue.
func eventsOf(t *testing.T, f *pgtest.Fixture) (events int) {
	t.Helper()
	conn := pgtest.Connect(t, f.AsSuperuser())
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM county.event WHERE type = 'clock-overdue'`).Scan(&events); err != nil {
		t.Fatal(err)
	}
	return events
}

func awaitEvents(t *testing.T, f *pgtest.Fixture, want int, log *logged) {
	t.Helper()
	for range 2400 {
		if eventsOf(t, f) >= want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%d events in two minutes, want %d; the log is\n%s", eventsOf(t, f), want, log)
}

// TestWorkerCommand_faults has two workers at once, a town whose tables are of another release, a suspended town, and the
// database cut and back. Each clock is raised once, and none is missed.
func TestWorkerCommand_faults(t *testing.T) {
	clearEnvironment(t)
	f := pgtest.County(t, "孙武镇", "石庙镇", "旧表镇")
	overdue(t, f, f.Towns[1], 5)
	overdue(t, f, f.Towns[2], 3)
	f.SetTenant(f.Towns[2], "suspended", 0)
	pgtest.Exec(t, f.AsSuperuser(), `DELETE FROM t`+f.Towns[3]+`.schema_migration WHERE version > 2`)
	relay, directory := pgtest.NewRelay(t), f.Directory()
	one := startWorker(t, directory, f.KeyText)
	two := startWorker(t, relay.Through(directory), f.KeyText)
	await(t, one.url("/readyz"), http.StatusOK)
	await(t, two.url("/readyz"), http.StatusOK)
	awaitEvents(t, f, 8, one.log)
	time.Sleep(400 * time.Millisecond) // its job ends; one that is lost is taken over too, but only after its time
	relay.Cut()
	overdue(t, f, f.Towns[1], 4)
	awaitEvents(t, f, 12, one.log) // the other one goes on
	if status, _ := get(t, two.url("/readyz"), ""); status != http.StatusOK {
		t.Errorf("a worker without its database is taken out: %d", status)
	}
	one.stop()
	if code := <-one.ended; code != 0 {
		t.Errorf("exit %d: %s", code, one.log)
	}
	overdue(t, f, f.Towns[1], 2)
	relay.Mend()
	awaitEvents(t, f, 14, two.log)
	if n := eventsOf(t, f); n != 14 {
		t.Errorf("%d events for %d clocks", n, 14)
	}
	two.stop()
	if code := <-two.ended; code != 0 {
		t.Errorf("exit %d: %s", code, two.log)
	}
	both := one.log.String() + two.log.String()
	if !strings.Contains(both, "tenant skipped until its tables are of this release") || !strings.Contains(both, f.Towns[3]) {
		t.Errorf("the town of another release is not named:\n%s", both)
	}
}
