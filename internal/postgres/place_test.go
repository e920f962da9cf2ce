package postgres_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
)

// midday is 12:00 in China.
var midday = mediation.LegalTime(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))

// place is one tenant's store on a real county of its own, with a connection that sees all of its tables.
type place struct {
	*postgres.TenantStore
	t         *testing.T
	county    *pgtest.Fixture
	code      string
	committee mediation.ID
	owner     *pgx.Conn
	filed     int
}

func newPlace(t *testing.T) *place {
	t.Helper()
	t.Parallel()
	f := pgtest.County(t, "石庙镇")
	return placeOf(t, f, f.Towns[1])
}

func placeOf(t *testing.T, f *pgtest.Fixture, code string) *place {
	t.Helper()
	w := &place{TenantStore: f.Store(code), t: t, county: f, code: code}
	tenant, err := w.Tenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.committee = tenant.Committee.ID
	w.owner = pgtest.Connect(t, f.AsSuperuser())
	t.Cleanup(func() { _ = w.owner.Close(context.Background()) })
	w.exec(`SET search_path TO t` + code + `, county`)
	return w
}

func freshID() mediation.ID { return mediation.ID(uuid.Must(uuid.NewV7()).String()) }

// newCase is a case as it is filed, with what the tables want of every case.
func (w *place) newCase() mediation.Case {
	w.filed++
	return mediation.Case{
		ID: freshID(), Tenant: w.code, Version: 1, State: mediation.StatePendingAcceptance,
		Registration: mediation.Registration(w.code, 2026, w.filed), Committee: w.committee,
		Type: "02", Source: mediation.SourceApplication, Title: "院墙纠纷", FiledAt: midday, UpdatedAt: midday, FiledBy: "tester",
		Parties: []mediation.Party{
			{ID: freshID(), Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三"},
			{ID: freshID(), Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李𠮷"},
		},
	}
}

func (w *place) create(c mediation.Case) error {
	return w.change(func(ctx context.Context, tx casework.Tx) error { return tx.CreateCase(ctx, c) })
}

func (w *place) update(before, after mediation.Case) error {
	return w.change(func(ctx context.Context, tx casework.Tx) error { return tx.UpdateCase(ctx, before, after) })
}

func (w *place) change(do func(ctx context.Context, tx casework.Tx) error) error {
	_, err := w.Write(w.t.Context(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		return casework.Receipt{}, do(ctx, tx)
	})
	return err
}

func (w *place) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *place) exec(sql string, args ...any) int64 {
	w.t.Helper()
	tag, err := w.owner.Exec(w.t.Context(), sql, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// next is the case one version and one second later.
func next(c mediation.Case) mediation.Case {
	c.Version++
	c.UpdatedAt = c.UpdatedAt.Add(time.Second)
	return c
}

// ask reads one value.
func ask[T any](w *place, sql string, args ...any) (value T) {
	w.t.Helper()
	if err := w.owner.QueryRow(w.t.Context(), sql, args...).Scan(&value); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// plain is a value for comparing: moments as moments whatever their zone, and an empty list as none.
func plain[T any](value T) T {
	copied := reflect.New(reflect.TypeOf(value)).Elem()
	copied.Set(plainValue(reflect.ValueOf(value)))
	return copied.Interface().(T)
}

func plainValue(v reflect.Value) reflect.Value {
	if at, is := v.Interface().(time.Time); is {
		return reflect.ValueOf(at.UTC())
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(plainValue(v.Elem()))
		return copied
	case reflect.Slice:
		if v.Len() == 0 {
			return reflect.Zero(v.Type())
		}
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			copied.Index(i).Set(plainValue(v.Index(i)))
		}
		return copied
	case reflect.Struct:
		copied := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			copied.Field(i).Set(plainValue(v.Field(i)))
		}
		return copied
	}
	return v
}
