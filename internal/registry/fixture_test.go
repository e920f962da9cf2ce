package registry_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/registry"
)

const (
	town    = "371621101"
	village = "371621101201"
	today   = "2026-11-23"
)

// noon is a moment of a working day in 惠民县.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// numbered gives ids that can be told apart and predicted.
func numbered(prefix string) func() registry.ID {
	n := 0
	return func() registry.ID {
		n++
		return registry.ID(fmt.Sprintf("%s-%03d", prefix, n))
	}
}

func act() registry.Act {
	return registry.Act{
		At: noon, NewID: numbered("id"),
		By: registry.Person{Issuer: "https://id.example", Subject: "clerk-1", Name: "文员"},
	}
}

func nobody() registry.Act {
	a := act()
	a.By.Subject = ""
	return a
}

func committee() registry.OrganisationContent {
	return registry.OrganisationContent{
		Kind: registry.TownCommittee, Name: "石庙镇人民调解委员会", DivisionCode: town, EstablishedOn: "2011-03-01",
		TermFrom: "2025-01-01", TermTo: "2027-12-31", CourtToldOn: "2025-02-01", Phone: "0543-5320000",
		Seats: []registry.Seat{
			{Name: "王主任", Office: registry.Director, Mediator: "m-1"},
			{Name: "李委员", Office: registry.Member, Woman: true},
			{Name: "赵委员", Office: registry.Member},
		},
	}
}

func organisation(t *testing.T, id registry.ID, change func(*registry.OrganisationContent)) registry.Organisation {
	t.Helper()
	content := committee()
	if change != nil {
		change(&content)
	}
	o, _, err := registry.RegisterOrganisation(content, town, act())
	if err != nil {
		t.Fatalf("registering the standard committee: %v", err)
	}
	o.ID = id
	return o
}

func person() registry.MediatorContent {
	return registry.MediatorContent{
		Name: "孙调解", Sex: "female", BornOn: "1985-06-15", IdentityType: "resident-id", IdentityNumber: "371602188506150426",
		Phone: "13800001234", Chosen: "appointed", StartedOn: "2020-01-01", TermFrom: "2020-01-01",
		Issuer: "https://id.example", Subject: "mediator-1", Skills: []string{"02", "保险"}, Languages: []string{"惠民话"},
	}
}

// mediator is one who serves full-time in the town's committee, verified and filed.
func mediator(t *testing.T, id registry.ID, change func(*registry.MediatorContent)) registry.Mediator {
	t.Helper()
	content := person()
	if change != nil {
		change(&content)
	}
	a := act()
	a.NewID = numbered(string(id))
	m, _, err := registry.RegisterMediator(content, town, a)
	m = must(t, m, err)
	m, _, err = m.Verify("identity-card", a)
	m = must(t, m, err)
	m, _, err = m.Join(registry.Posting{Organisation: "o-town", Engagement: registry.FullTime, From: "2020-01-01"}, organisation(t, "o-town", nil), a)
	m = must(t, m, err)
	m, _, err = m.SubmitFiling(registry.FilingNew, "", a)
	m = must(t, m, err)
	m, _, err = m.DecideFiling(registry.FilingDecision{Accepted: true, Number: "备2020-1"}, a)
	m = must(t, m, err)
	m.ID = id
	return m
}

func must[T any](t *testing.T, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("the fixture: %v", err)
	}
	return value
}

// problems are the violated rules of err as "pointer code", sorted.
func problems(err error) []string {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return nil
	}
	return described(refusal.Fields)
}

func described(fields []registry.FieldError) []string {
	var found []string
	for _, f := range fields {
		found = append(found, f.Pointer+" "+f.Code)
	}
	slices.Sort(found)
	return found
}

func sameProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := problems(err); !slices.Equal(got, want) || (err == nil) != (len(want) == 0) {
		t.Errorf("violated rules (%v):\n got %s\nwant %s", err, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

func wantCode(t *testing.T, err error, kind registry.Kind, code string) {
	t.Helper()
	if registry.KindOf(err) != kind || registry.CodeOf(err) != code {
		t.Errorf("got %v (%s %s), want %s %s", err, registry.KindOf(err), registry.CodeOf(err), kind, code)
	}
}

// sound checks what every successful act leaves behind.
func sound(t *testing.T, entry registry.Entry, version int64) {
	t.Helper()
	if err := entry.Check(); err != nil {
		t.Error(err)
	}
	if entry.Version != version || entry.By.Subject != "clerk-1" || !entry.At.Equal(noon) {
		t.Errorf("the history names who, when and which version: %+v", entry)
	}
}
