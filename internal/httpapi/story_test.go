package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer collects logs of concurrent requests.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestAPI_story is the life of a case on each kind of instance, read back through the other.
func TestAPI_story(t *testing.T) {
	w := newWorld(t)
	for name, server := range w.both() {
		t.Run(name, func(t *testing.T) {
			filed := w.send(server, request{method: "POST", path: w.cases(), as: "director", body: dispute("排水 " + name)}).
				want(t, http.StatusCreated)
			path := filed.header.Get("Location")
			if filed.header.Get("ETag") != `"1"` || !strings.HasPrefix(path, w.cases()+"/") {
				t.Fatalf("headers %v", filed.header)
			}
			if c := filed.json(t); c["state"] != "pending-acceptance" || c["tenant"] != w.town || c["filedBy"] != "director" {
				t.Fatalf("%v", c)
			}
			read := w.send(server, request{method: "GET", path: path, as: "director"}).want(t, http.StatusOK)
			if read.body != filed.body {
				t.Fatalf("what was filed is not what is read:\n%s\n%s", filed.body, read.body)
			}
			w.send(server, request{method: "GET", path: path, as: "director", header: map[string]string{"If-None-Match": `W/"1"`}}).
				want(t, http.StatusNotModified)

			corrected := w.send(server, request{method: "PATCH", path: path, as: "director", header: map[string]string{"If-Match": `"1"`},
				body: map[string]any{"amount": nil, "place": "村委会", "reason": "录入有误"}}).want(t, http.StatusOK)
			if c := corrected.json(t); c["amount"] != nil || c["place"] != "村委会" || corrected.header.Get("ETag") != `"2"` {
				t.Fatalf("%s", corrected.body)
			}
			w.send(server, request{method: "POST", path: path + "/accept", as: "director", header: map[string]string{"If-Match": `"1"`}}).
				problem(t, http.StatusPreconditionFailed, "stale-version")
			accepted := w.send(server, request{method: "POST", path: path + "/accept", as: "director", header: map[string]string{"If-Match": `"2"`}}).
				want(t, http.StatusOK)
			if c := accepted.json(t); c["state"] != "accepted" || !strings.Contains(fmt.Sprint(c["number"]), "人调字第") {
				t.Fatalf("%s", accepted.body)
			}
			w.send(server, request{method: "POST", path: path + "/refuse", as: "director", header: map[string]string{"If-Match": `*`},
				body: map[string]any{"reason": "out-of-area"}}).problem(t, http.StatusConflict, "case-state")
			w.send(server, request{method: "POST", path: path + "/withdraw", as: "director", header: map[string]string{"If-Match": `"1", "3"`},
				body: map[string]any{"note": "和解"}}).want(t, http.StatusOK)

			journal := w.send(server, request{method: "GET", path: path + "/journal", as: "director"}).want(t, http.StatusOK)
			var verbs []string
			for _, entry := range journal.json(t)["items"].([]any) {
				verbs = append(verbs, fmt.Sprint(entry.(map[string]any)["verb"]))
			}
			if want := []string{"file", "correct", "accept", "withdraw"}; !slices.Equal(verbs, want) {
				t.Fatalf("journal %v", verbs)
			}
		})
	}
	t.Run("both instances answer with the same bytes", func(t *testing.T) { w.sameBytes(t) })
	t.Run("the county sees it", func(t *testing.T) {
		got := w.send(w.shared, request{method: "GET", path: "/v1/counties/" + w.here.Code + "/cases?tenant=" + w.town + "&state=withdrawn",
			as: "administrator"}).want(t, http.StatusOK)
		if items := got.json(t)["items"].([]any); len(items) != 2 || strings.Contains(got.body, "欧阳测试") || !strings.Contains(got.body, "欧*") {
			t.Fatalf("%s", got.body)
		}
	})
	if strings.Contains(w.log.String(), "level=ERROR") || strings.Contains(w.log.String(), "欧阳测试") {
		t.Fatalf("log:\n%s", w.log)
	}
}

// sameBytes compares every path that a dedicated instance serves.
func (w *world) sameBytes(t *testing.T) {
	path, _ := w.file("同字节")
	w.hire(w.town, "reader", "reader")
	for _, as := range []string{"director", "reader", "administrator", "nobody"} {
		for _, target := range []string{
			path, path + "/journal", path + "/actions", path + "/clocks", w.cases(), w.cases() + "?mediator=li", w.cases() + "?limit=1&sort=updated_at", w.cases() + "?state=accepted,withdrawn",
			w.cases() + "?limit=0", w.cases() + "/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e",
			"/v1/tenants/" + w.town, "/v1/tenants/" + w.town + "/members", "/v1/codes", "/v1/codes/case-states", "/v1/codes/none",
			"/openapi.yaml", "/docs",
		} {
			a, b := w.send(w.shared, request{method: "GET", path: target, as: as}), w.send(w.dedicated, request{method: "GET", path: target, as: as})
			if a.status != b.status || a.header.Get("ETag") != b.header.Get("ETag") || withoutInstance(a) != withoutInstance(b) ||
				a.header.Get("Link") != b.header.Get("Link") {
				t.Errorf("%s as %s:\nshared    %d %s %s\ndedicated %d %s %s", target, as,
					a.status, a.header.Get("ETag"), a.body, b.status, b.header.Get("ETag"), b.body)
			}
		}
	}
}

// withoutInstance is the body but for the number of the occurrence.
func withoutInstance(a answer) string {
	return strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "")
}

// TestAPI_cursorsTravel pages through one list, asking the instances in turn.
func TestAPI_cursorsTravel(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.file(fmt.Sprintf("案件%d", i))
	}
	servers := w.both()
	for _, sort := range []string{"-filed_at", "updated_at"} {
		var titles []string
		next, turn := w.cases()+"?limit=2&sort="+sort, 0
		for next != "" && turn < 10 {
			got := w.send(servers[[]string{"shared", "dedicated"}[turn%2]], request{method: "GET", path: next, as: "director"}).want(t, http.StatusOK)
			page := got.json(t)
			if total := page["total"].(map[string]any); total["value"] != 7.0 || total["exact"] != true {
				t.Fatalf("total %v", total)
			}
			for _, item := range page["items"].([]any) {
				titles = append(titles, fmt.Sprint(item.(map[string]any)["title"]))
			}
			next = linkTarget(got.header.Get("Link"))
			if (next == "") != (page["next"] == nil) {
				t.Fatalf("Link %q, next %v", next, page["next"])
			}
			turn++
		}
		want := []string{"案件6", "案件5", "案件4", "案件3", "案件2", "案件1", "案件0"}
		if sort == "updated_at" {
			slices.Reverse(want)
		}
		if !slices.Equal(titles, want) || turn != 4 {
			t.Fatalf("%s: %v in %d pages", sort, titles, turn)
		}
	}
	t.Run("with other filters it is refused", func(t *testing.T) {
		first := w.send(w.shared, request{method: "GET", path: w.cases() + "?limit=2", as: "director"}).want(t, http.StatusOK)
		cursor := fmt.Sprint(first.json(t)["next"])
		for name, server := range servers {
			got := w.send(server, request{method: "GET", path: w.cases() + "?limit=2&state=accepted&cursor=" + cursor, as: "director"})
			got.problem(t, http.StatusUnprocessableEntity, "cursor-of-another-list")
			got = w.send(server, request{method: "GET", path: w.cases() + "?cursor=x", as: "director"})
			got.problem(t, http.StatusUnprocessableEntity, "malformed-cursor")
			if name == "" {
				t.Fatal()
			}
		}
	})
	t.Run("updated_after follows", func(t *testing.T) {
		all := w.send(w.shared, request{method: "GET", path: w.cases() + "?sort=updated_at", as: "director"}).json(t)["items"].([]any)
		third := fmt.Sprint(all[2].(map[string]any)["updatedAt"])
		got := w.send(w.dedicated, request{method: "GET", path: w.cases() + "?sort=updated_at&updated_after=" + strings.ReplaceAll(third, "+", "%2B"), as: "director"}).want(t, http.StatusOK)
		if items := got.json(t)["items"].([]any); len(items) != 4 {
			t.Fatalf("%d items after the third of seven", len(items))
		}
	})
}

func linkTarget(header string) string {
	target, _, found := strings.Cut(strings.TrimPrefix(header, "<"), `>; rel="next"`)
	if !found {
		return ""
	}
	return target
}

// TestAPI_keysTravel repeats writes on the other instance.
func TestAPI_keysTravel(t *testing.T) {
	w := newWorld(t)
	servers := []string{"shared", "dedicated"}
	for i, first := range servers {
		second := servers[1-i]
		t.Run(first+" then "+second, func(t *testing.T) {
			key := map[string]string{"Idempotency-Key": "key-" + first}
			filing := request{method: "POST", path: w.cases(), as: "director", body: dispute("重复 " + first), header: key}
			one := w.send(w.both()[first], filing).want(t, http.StatusCreated)
			two := w.send(w.both()[second], filing).want(t, http.StatusCreated)
			if one.body != two.body || one.header.Get("Location") != two.header.Get("Location") || two.header.Get("ETag") != `"1"` ||
				one.header.Get("Idempotency-Replayed") != "" || two.header.Get("Idempotency-Replayed") != "true" {
				t.Fatalf("%v %s\n%v %s", one.header, one.body, two.header, two.body)
			}
			filing.body = dispute("别的内容")
			w.send(w.both()[second], filing).problem(t, http.StatusConflict, "key-reused")

			accept := request{method: "POST", path: one.header.Get("Location") + "/accept", as: "director",
				header: map[string]string{"Idempotency-Key": "accept-" + first, "If-Match": `"1"`}}
			w.send(w.both()[first], accept).want(t, http.StatusOK)
			again := w.send(w.both()[second], accept).want(t, http.StatusOK)
			if again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("ETag") != `"2"` {
				t.Fatalf("%v", again.header)
			}
			filing.body = dispute("重复 " + first)
			late := w.send(w.both()[second], filing).want(t, http.StatusCreated)
			if late.json(t)["state"] != "accepted" || late.header.Get("ETag") != "" {
				t.Fatalf("a repeated filing shows the case as it is now, without a tag to overwrite it: %v %s", late.header, late.body)
			}
		})
	}
	t.Run("keys of others are others", func(t *testing.T) {
		w.hire(w.town, "clerk", "clerk")
		got := w.send(w.shared, request{method: "POST", path: w.cases(), as: "clerk", body: dispute("同名键"),
			header: map[string]string{"Idempotency-Key": "key-shared"}}).want(t, http.StatusCreated)
		if got.header.Get("Idempotency-Replayed") != "" {
			t.Fatal("another person's key was honoured")
		}
	})
}

// TestAPI_concurrentKeys sends one filing many times at once: it happens once.
func TestAPI_concurrentKeys(t *testing.T) {
	w := newWorld(t)
	answers := make([]answer, 12)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			server := w.shared
			if i%2 == 0 {
				server = w.dedicated
			}
			var err error
			answers[i], err = w.try(server, request{method: "POST", path: w.cases(), as: "director", body: dispute("并发"),
				header: map[string]string{"Idempotency-Key": "at-once"}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	made, places := 0, map[string]bool{}
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated:
			places[a.header.Get("Location")] = true
			if a.header.Get("Idempotency-Replayed") == "" {
				made++
			}
		case a.status == http.StatusConflict && a.code() == "key-in-progress":
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if made != 1 || len(places) != 1 {
		t.Fatalf("made %d times at %v", made, places)
	}
	list := w.send(w.shared, request{method: "GET", path: w.cases(), as: "director"}).json(t)
	if n := len(list["items"].([]any)); n != 1 {
		t.Fatalf("%d cases", n)
	}
}

// TestAPI_concurrentChanges lets one of many changes of the same version through.
func TestAPI_concurrentChanges(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("争用")
	statuses := make([]int, 10)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() {
			got, err := w.try(w.shared, request{method: "PATCH", path: path, as: "director", header: map[string]string{"If-Match": `"1"`},
				body: map[string]any{"title": fmt.Sprintf("第%d人", i)}})
			if err != nil {
				t.Error(err)
			}
			statuses[i] = got.status
		})
	}
	group.Wait()
	slices.Sort(statuses)
	if statuses[0] != http.StatusOK || statuses[1] != http.StatusPreconditionFailed || statuses[9] != http.StatusPreconditionFailed {
		t.Fatalf("%v", statuses)
	}
}

func TestAPI_timesAreLegal(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("时间")
	c := w.send(w.dedicated, request{method: "GET", path: path, as: "director"}).json(t)
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(c["filedAt"]))
	if err != nil || !strings.HasSuffix(fmt.Sprint(c["filedAt"]), "+08:00") || time.Since(at) > time.Minute {
		t.Fatalf("filedAt %v, %v", c["filedAt"], err)
	}
}
