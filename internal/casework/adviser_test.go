package casework_test

import (
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

func TestService_advisers(t *testing.T) {
	o := newOffice(t)
	village := o.Unit() + "201"
	a, _, err := o.RegisterAdviser(o.ctx(), o.director(), registry.AdviserContent{
		Name: "郑律师", Licence: "13716201510123456", Phone: "13800005678", Villages: []string{village}, ContractFrom: "2026-01-01", ContractTo: "2026-12-31"})
	if err != nil {
		t.Fatal(err)
	}
	a, _, err = o.VisitVillage(o.ctx(), o.as(mediation.RoleClerk), a.ID, a.Version, registry.AdviserVisit{Village: village, On: "2026-11-20", People: 6, Note: "土地流转"})
	if err != nil || len(a.Visits) != 1 {
		t.Fatalf("%v %+v", err, a)
	}
	_, _, err = o.VisitVillage(o.ctx(), o.director(), a.ID, 0, registry.AdviserVisit{Village: o.Unit() + "202", On: "2026-11-24", People: -1})
	if got := pointersOf(err); !slices.Equal(got, []string{"/on in-the-future", "/people out-of-range", "/village not-advised"}) {
		t.Errorf("%v", got)
	}
	masked, err := o.Adviser(o.ctx(), o.as(mediation.RoleReader), a.ID)
	if err != nil || masked.Name != "郑*" || masked.Visits[0].Note != "" || strings.Contains(masked.Phone, "0000567") {
		t.Errorf("%v %+v", err, masked)
	}
	for reason, c := range map[string]struct {
		filter registry.AdviserFilter
		want   int
	}{
		"all": {registry.AdviserFilter{}, 1}, "the village": {registry.AdviserFilter{Village: village}, 1}, "the town": {registry.AdviserFilter{Village: o.Unit()}, 1},
		"another village": {registry.AdviserFilter{Village: o.Unit() + "202"}, 0}, "ends before": {registry.AdviserFilter{ContractEndsBefore: "2027-01-01"}, 1},
		"ended": {registry.AdviserFilter{Statuses: []registry.AdviserStatus{registry.AdviserEnded}}, 0},
	} {
		page, err := o.Advisers(o.ctx(), o.director(), casework.AdviserQuery{AdviserFilter: c.filter})
		if err != nil || page.Total.Value != c.want || len(page.Advisers) != c.want {
			t.Errorf("%s: %v %+v", reason, err, page)
		}
	}
	if _, _, err = o.EndAdviser(o.ctx(), o.director(), a.ID, 0, "解除"); err != nil {
		t.Fatal(err)
	}
	_, _, err = o.ChangeAdviser(o.ctx(), o.director(), a.ID, 0, a.AdviserContent, "")
	wantCode(t, err, mediation.Conflict, "adviser-status")
}
