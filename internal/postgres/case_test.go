package postgres_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// someID is an id that points somewhere; where does not matter to the tables.
var someID = rapid.Map(rapid.IntRange(0, 9), func(n int) any {
	return mediation.ID(fmt.Sprintf("0199f0c0-0000-7000-8000-00000000000%d", n))
})

// anyCase fills every field of a case, also those that a later release adds: what the tables do not keep shows at once.
func anyCase() *rapid.Generator[mediation.Case] {
	runes := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("䶮𠮷张'\"\\\u2028&<"))).Filter(func(r rune) bool { return r != 0 })
	text := rapid.StringOfN(runes, 0, 12, -1)
	moment := rapid.Map(rapid.Int64Range(0, 4e15), func(micro int64) time.Time { return mediation.LegalTime(time.UnixMicro(micro)) })
	kind := func(of any) reflect.Type { return reflect.TypeOf(of) }
	untouched := rapid.Just[any]([]mediation.FieldError(nil))
	day := rapid.Map(rapid.IntRange(0, 20000), func(n int) any { return time.Unix(int64(n)*86400, 0).UTC().Format(time.DateOnly) })
	return rapid.MakeCustom[mediation.Case](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{kind(mediation.ID("")): someID, kind(time.Time{}): moment.AsAny()},
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: text.AsAny()},
		Fields: map[reflect.Type]map[string]*rapid.Generator[any]{kind(mediation.Case{}): {
			"Warnings": untouched, "OccurredOn": rapid.OneOf(day, rapid.Just[any]("")), "People": rapid.IntRange(0, 1_000_000).AsAny(),
		}, kind(mediation.Invitation{}): {"Until": day}},
	})
}

// sound gives a random case what every case of a tenant has: its own ids, and each mediator and guest once.
func (w *place) sound(c mediation.Case) mediation.Case {
	filed := w.newCase()
	c.ID, c.Tenant, c.Registration, c.Committee = filed.ID, filed.Tenant, filed.Registration, filed.Committee
	c.Version, c.UpdatedAt = 1, midday
	if c.Number != "" {
		c.Number += filed.Registration
	}
	for i := range c.Parties {
		c.Parties[i].ID = freshID()
	}
	for i := range c.Mediators {
		c.Mediators[i].Subject += fmt.Sprint(i)
	}
	for i := range c.Invitations {
		c.Invitations[i].Subject += fmt.Sprint(i)
	}
	return c
}

func TestCase_everyFieldComesBack(t *testing.T) {
	w := newPlace(t)
	any := anyCase()
	rapid.Check(t, func(r *rapid.T) {
		c := w.sound(any.Draw(r, "filed"))
		w.same(r, c, w.create(c))
		after := w.grown(r, c, any.Draw(r, "changed"))
		w.same(r, after, w.update(c, after))
	})
}

// grown is a later version of a case: other fields, other entries, more of them, and some as they were.
func (w *place) grown(r *rapid.T, before, other mediation.Case) mediation.Case {
	after := w.sound(other)
	after.ID, after.Registration = before.ID, before.Registration
	after.Version, after.UpdatedAt = before.Version+1, before.UpdatedAt.Add(time.Second)
	was, is := reflect.ValueOf(before), reflect.ValueOf(&after).Elem()
	for i := range is.NumField() {
		name, old, field := is.Type().Field(i).Name, was.Field(i), is.Field(i)
		switch {
		case slices.Contains([]string{"Version", "UpdatedAt"}, name):
		case rapid.Bool().Draw(r, "keep "+name):
			field.Set(old)
		case slices.Contains([]string{"Tags", "Parties", "Mediators", "Amount", "Refusal", "Withdrawal", "AcceptedAt", "EndedAt"}, name):
		case field.Kind() == reflect.Slice && field.Len() < old.Len():
			field.Set(reflect.AppendSlice(field, old.Slice(field.Len(), old.Len())))
		case field.Kind() == reflect.Pointer && field.IsNil():
			field.Set(old)
		}
	}
	return after
}

// same reads what was written, alone and in a list, and who mediates.
func (w *place) same(r *rapid.T, want mediation.Case, err error) {
	if err != nil {
		r.Fatal(err)
	}
	got, err := w.FindCase(w.t.Context(), want.ID)
	if err != nil {
		r.Fatal(err)
	}
	if !reflect.DeepEqual(plain(got), plain(want)) {
		r.Fatalf("read back differs:\n got %+v\nwant %+v", plain(got), plain(want))
	}
	page, err := w.ListCases(w.t.Context(), casework.CaseQuery{Registration: want.Registration, Limit: 1})
	if err != nil || len(page.Cases) != 1 || !reflect.DeepEqual(plain(page.Cases[0]), plain(listed(want))) {
		r.Fatalf("listed differs: %v\n got %+v\nwant %+v", err, page.Cases, listed(want))
	}
	w.sameMediators(r, want)
}

// listed is what a list shows of a case: its own row, its parties, who mediates and who must keep away.
func listed(c mediation.Case) mediation.Case {
	c.Investigations, c.Meetings, c.Dangers, c.Suspensions, c.Extensions, c.Referrals, c.Transfers = nil, nil, nil, nil, nil, nil, nil
	c.Failure, c.Termination, c.Confirmation, c.Closure = nil, nil, nil, nil
	c.Payments, c.Urgings, c.Visits, c.Papers, c.Links = nil, nil, nil, nil, nil
	if c.Agreement != nil {
		c.Agreement = &mediation.Agreement{Form: c.Agreement.Form, Amount: c.Agreement.Amount}
	}
	if c.Volume != nil {
		c.Volume = &mediation.Volume{Number: c.Volume.Number}
	}
	if c.Classification != nil {
		c.Classification = &mediation.Classification{Governance: c.Classification.Governance, EnterpriseRelated: c.Classification.EnterpriseRelated}
	}
	difficulty, colour := c.Difficulty(), c.Colour()
	c.Gradings, c.Assessments = nil, nil
	if difficulty != "" {
		c.Gradings = []mediation.Grading{{Computed: difficulty}}
	}
	if colour != "" {
		c.Assessments = []mediation.Assessment{{Computed: colour}}
	}
	return c
}

func (w *place) sameMediators(r *rapid.T, want mediation.Case) {
	now := ask[[]string](w, `SELECT array_agg(concat_ws('|', subject, issuer, registry_id, host)) FROM mediator
		WHERE case_id = $1 AND until IS NULL`, string(want.ID))
	var mediators []string
	for _, m := range want.Mediators {
		host := map[bool]string{true: "t", false: "f"}[m.Host]
		mediators = append(mediators, m.Subject+"|"+m.Issuer+"|"+string(m.ID)+"|"+host)
	}
	slices.Sort(now)
	slices.Sort(mediators)
	if !slices.Equal(now, mediators) {
		r.Fatalf("mediators are %q, want %q", now, mediators)
	}
}
