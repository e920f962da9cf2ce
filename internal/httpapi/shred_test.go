package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/postgres"
)

// TestAPI_shredded destroys a town's keys and calls every operation: what is left is lines without words and a plain answer,
// never a fault. The instances: the shared one; one whose Secret still has the keys; and one whose Secret says that there are none.
func TestAPI_shredded(t *testing.T) {
	w := newWorld(t)
	path, id := w.file("即将销毁")
	w.enterDrilled()
	w.enterAttachment(path)
	operations := w.operations(t)
	for i := range operations {
		operations[i].path = operations[i].at(w, id)
	}
	w.hire(w.other, "neighbour", "director")
	there := "/v1/tenants/" + w.other + "/cases"
	kept := fmt.Sprint(w.send(w.shared, request{method: "POST", path: there, as: "neighbour", body: dispute("石庙镇的纠纷")}).want(t, http.StatusCreated).json(t)["id"])
	changed, err := w.here.County.Shred(t.Context(), w.town)
	if w.must(err); !changed {
		t.Fatal("nothing was destroyed")
	}
	without, err := postgres.NewDedicated(context.Background(), postgres.DedicatedConfig{
		Tenant: w.town, Database: w.here.AsSlot(w.town), CountyKey: w.here.CountyKey(), Clock: w.now, Blobs: w.places})
	w.must(err)
	t.Cleanup(without.Close)
	w.shared = w.serve(w.openShared())
	for name, server := range map[string]*httptest.Server{"shared": w.shared, "dedicated": w.serve(w.openDedicated(w.town)), "dedicated without keys": w.serve(without)} {
		t.Run(name, func(t *testing.T) {
			w.everythingIsGone(t, server, operations, path, id)
		})
	}
	w.send(w.shared, request{method: "GET", path: there + "/" + kept, as: "neighbour"}).want(t, http.StatusOK)
	record := w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/audit", as: "administrator"}).want(t, http.StatusOK)
	if !strings.Contains(record.body, "tenant.shred") || !strings.Contains(record.body, w.town) {
		t.Errorf("the county's record does not tell: %s", record.body)
	}
}

func (w *world) everythingIsGone(t *testing.T, server *httptest.Server, operations []drilled, path, id string) {
	gone, listed := 0, 0
	for _, op := range operations {
		if op.signed {
			continue
		}
		got := w.send(server, try{op: op, as: "director", header: map[string]string{"If-Match": `"1"`}}.request(op.path))
		if got.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", op.id, got.status, got.body)
		}
		if strings.Contains(got.body, "即将销毁") || strings.Contains(got.body, "演练") || strings.Contains(got.body, "欧阳") {
			t.Errorf("%s still reads what was destroyed: %s", op.id, got.body)
		}
		if got.status == http.StatusGone {
			gone++
			got.problem(t, http.StatusGone, "shredded")
		}
		if op.id == "list-cases" {
			listed++
			if got.want(t, http.StatusOK); !strings.Contains(got.body, id) || !strings.Contains(got.body, "已销毁") {
				t.Errorf("the list holds no line without words: %s", got.body)
			}
		}
	}
	if t.Logf("%d operations, %d of them Gone", len(operations), gone); gone < 60 || listed != 1 {
		t.Errorf("%d answers were Gone, want most; %d lists", gone, listed)
	}
	for reason, r := range map[string]request{
		"reading":                {method: "GET", path: path},
		"reading what never was": {method: "GET", path: w.cases() + "/" + noParty},
		"filing":                 {method: "POST", path: w.cases(), body: dispute("新的纠纷")},
		"fetching a file":        {method: "GET", path: path + "/attachments/" + w.drilled["attachment"] + "/content"},
	} {
		t.Log(reason)
		r.as = "director"
		w.send(server, r).problem(t, http.StatusGone, "shredded")
	}
}
