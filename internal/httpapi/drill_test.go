package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// drilled is one operation as the document describes it.
type drilled struct {
	id, method, path string
	roles            []string // that may; empty for everybody with a token
	action           string
	example          any
	signed           bool // needs no token but a signed address
}

// operations reads the served document: what is drilled is what clients are told, not what a test remembers.
func (w *world) operations(t *testing.T) []drilled {
	t.Helper()
	got := w.send(w.shared, request{method: "GET", path: "/openapi.json"}).want(t, http.StatusOK)
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string           `json:"operationId"`
			Roles       []string         `json:"x-required-roles"`
			Action      string           `json:"x-action"`
			Security    []map[string]any `json:"security"`
			RequestBody struct {
				Content map[string]struct {
					Example any `json:"example"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(got.body), &document); err != nil {
		t.Fatal(err)
	}
	var found []drilled
	for path, methods := range document.Paths {
		for method, op := range methods {
			if len(op.Security) == 0 || op.Action == "" {
				t.Errorf("%s %s has no security or no action", method, path)
			}
			d := drilled{id: op.OperationID, method: strings.ToUpper(method), path: path, roles: op.Roles, action: op.Action}
			d.signed = len(op.Security) == 1 && len(op.Security[0]) == 0
			for _, content := range op.RequestBody.Content {
				if content.Example != nil {
					d.example = content.Example
				}
			}
			found = append(found, d)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].id < found[j].id })
	return found
}

// at fills the path with units and things that exist.
func (d drilled) at(w *world, caseID string) string {
	return strings.NewReplacer("{tenant}", w.town, "{county}", w.here.Code, "{case}", caseID, "{subject}", "drilled", "{party}", "00", "{list}", "sources",
		"{meeting}", "1", "{danger}", "1", "{referral}", "1", "{paper}", "1", "{form}", "rights-notice", "{kind}", "clocks", "{notice}", caseID).Replace(w.inScreening(w.inRegistry(d.path)))
}

// inRegistry fills in the records of the registry.
func (w *world) inRegistry(path string) string {
	return strings.NewReplacer("{organisation}", w.drilled["organisation"], "{mediator}", w.drilled["mediator"], "{adviser}", w.drilled["adviser"],
		"{posting}", noParty, "{leave}", noParty, "{attachment}", or(w.drilled["attachment"], noParty), "{link}", noParty, "{conflict}", noParty).Replace(path)
}

// about is the operation on a notice that exists.
func (d drilled) about(notice string) drilled {
	d.path = strings.Replace(d.path, "{notice}", notice, 1)
	return d
}

// TestAPI_drills tries every operation of the document as everybody who may not use it, on both kinds of instance.
func TestAPI_drills(t *testing.T) {
	w := newWorldOfTwo(t)
	w.told = &problems{texts: map[string]bool{}}
	defer w.told.tellNothing(t)
	_, caseID := w.file("演练")
	w.restrictDrilled()
	w.enterDrilled()
	w.enterAttachment(w.cases() + "/" + caseID)
	w.hire(w.other, "neighbour", "director", "clerk", "mediator", "reader")
	w.foreignDirector()
	w.disabledDirector()
	byRole := w.hireEveryRole()
	operations := w.operations(t)
	count := map[string]int{}
	for _, op := range operations {
		for name, server := range w.both() {
			for _, try := range w.tries(op, byRole) {
				got := w.send(server, try.request(op.at(w, or(try.caseID, caseID))))
				count[try.who]++
				want := try.want
				if name == "dedicated" && strings.HasPrefix(op.path, "/v1/counties/{") && want != http.StatusUnauthorized {
					want = http.StatusMisdirectedRequest
				}
				if !try.fits(got, want) {
					t.Errorf("%s on %s as %s: %d %s, want %d", op.id, name, try.who, got.status, got.body, want)
				}
				if strings.Contains(got.body, "SQLSTATE") || (got.status >= 400 && strings.Contains(got.body, "演练")) {
					t.Errorf("%s as %s leaks: %s", op.id, try.who, got.body)
				}
			}
		}
	}
	if signed := slices.DeleteFunc(slices.Clone(operations), func(op drilled) bool { return !op.signed }); len(signed) != 1 || signed[0].id != "open-attachment-link" {
		t.Errorf("operations without a token: %v", signed)
	}
	total := 0
	for who, n := range count {
		t.Logf("%4d drills as %s", n, who)
		total += n
	}
	t.Logf("%d drills of %d operations", total, len(operations))
	for _, who := range []string{"nobody", "garbage", "stranger", "other town", "other county", "disabled member", "out of sight", "restricted case", "too little", "may"} {
		if count[who] == 0 {
			t.Errorf("no drill as %s: the drills prove nothing", who)
		}
	}
	if len(operations) < 55 {
		t.Errorf("only %d operations found", len(operations))
	}
	t.Run("a planted open door is noticed", func(t *testing.T) { w.plantedDoor(t, byRole) })
}

func or(id, otherwise string) string {
	if id == "" {
		return otherwise
	}
	return id
}

// restrictDrilled files a case that is there for the director alone.
func (w *world) restrictDrilled() {
	w.t.Helper()
	path, id := w.file("演练，限制公开")
	w.send(w.shared, request{method: "POST", path: path + "/restriction", as: "director", header: map[string]string{"If-Match": "*"},
		body: words{"reason": "family"}}).want(w.t, http.StatusOK)
	w.drilled = map[string]string{"restricted": id}
}

// enterAttachment attaches a file to the case.
func (w *world) enterAttachment(path string) {
	w.t.Helper()
	w.drilled["attachment"] = fmt.Sprint(w.attachTo(w.shared, path, "演练.pdf", pdf(100)).want(w.t, http.StatusCreated).json(w.t)["id"])
}

// enterDrilled registers one record of each kind.
func (w *world) enterDrilled() {
	w.t.Helper()
	if w.drilled == nil {
		w.drilled = map[string]string{}
	}
	for kind, record := range map[string]struct {
		path string
		body words
	}{
		"organisation": {"organisations", words{"kind": "town", "name": "演练人民调解委员会", "divisionCode": w.town}},
		"mediator":     {"mediators", words{"name": "演练员"}},
		"adviser": {"legal-advisers", words{"name": "演练律师", "licence": "1", "villages": []string{w.town + "201"},
			"contractFrom": "2026-01-01", "contractTo": "2099-12-31"}},
	} {
		got := w.send(w.shared, request{method: "POST", path: "/v1/tenants/" + w.town + "/" + record.path, as: "director", body: record.body}).
			want(w.t, http.StatusCreated)
		w.drilled[kind] = fmt.Sprint(got.json(w.t)["id"])
	}
}

// foreignDirector is put straight into the other county's database, whose texts this instance has no key for.
func (w *world) foreignDirector() {
	w.t.Helper()
	town := w.elsewhere.Towns[1]
	_, err := w.elsewhere.Store(town).Write(context.Background(), nil, func(ctx context.Context, tx casework.Tx) (casework.Receipt, error) {
		_, _, err := tx.PutMember(ctx, mediation.Membership{Unit: town, Issuer: issuer, Subject: "foreign-director",
			Roles: []mediation.Role{mediation.RoleDirector}, Source: mediation.MemberByAPI, UpdatedAt: time.Now()})
		return casework.Receipt{}, err
	})
	w.must(err)
}

// disabledDirector is shut out, whatever the roles.
func (w *world) disabledDirector() {
	w.t.Helper()
	w.send(w.shared, request{method: "PUT", path: "/v1/tenants/" + w.town + "/members/disabled", as: "administrator",
		body: words{"roles": []string{"director"}, "disabled": true}}).want(w.t, http.StatusCreated)
}

// hireEveryRole makes one member per role and level at which it is held. The county's administrator is there already, by
// its resource.
func (w *world) hireEveryRole() map[string][]string {
	byRole := map[string][]string{}
	for level, unit := range map[string]string{"tenant": w.town, "county": w.here.Code} {
		for _, role := range mediation.Roles() {
			if !role.In(unit) {
				continue
			}
			byRole[level] = append(byRole[level], string(role))
			if role != mediation.RoleCountyAdministrator {
				w.hire(unit, only(level, string(role)), string(role))
			}
		}
	}
	return byRole
}

// narrow tells of roles that see what is theirs only, and the drilled case and lead are not.
func narrow(role string) bool {
	return slices.Contains([]string{"village-mediator", "industry-mediator", "expert", "leader", "liaison"}, role)
}

// only is the subject who holds one role at one level.
func only(level, role string) string {
	if role == string(mediation.RoleCountyAdministrator) {
		return "administrator"
	}
	return map[string]string{"tenant": "only-", "county": "county-"}[level] + role
}

// try is one attempt: who, and what must come of it.
type try struct {
	who    string
	op     drilled
	as     string
	header map[string]string
	want   int    // 0: anything but a refusal of the person
	caseID string // of another case than the usual one
}

func (tr try) request(path string) request {
	header := map[string]string{}
	for name, value := range tr.header {
		header[name] = value
	}
	return request{method: tr.op.method, path: path, as: tr.as, header: header, body: tr.op.example}
}

func (tr try) fits(got answer, want int) bool {
	if want == 0 {
		return !slices.Contains([]int{401, 403, 500}, got.status) && got.status != http.StatusNotFound || slices.Contains([]string{"unknown-member", "unknown-notice", "unknown-attachment", "unknown-party"}, got.code())
	}
	if tr.caseID != "" && want == http.StatusNotFound && got.code() != "unknown-case" {
		return false // which would say that the case is there
	}
	return got.status == want
}

func (w *world) tries(op drilled, byRole map[string][]string) []try {
	if op.signed { // whoever has no sound signature learns that the link is closed, and nothing else
		return []try{
			{who: "nobody", op: op, want: http.StatusNotFound},
			{who: "garbage", op: op, header: map[string]string{"Authorization": "Bearer garbage"}, want: http.StatusNotFound},
			{who: "other county", op: op, as: "foreign-director", want: http.StatusNotFound},
			{who: "may", op: op, as: "only-director", want: http.StatusNotFound},
		}
	}
	forbidden := http.StatusForbidden
	if len(op.roles) == 0 {
		forbidden = http.StatusOK
	}
	tries := []try{
		{who: "nobody", op: op, want: http.StatusUnauthorized},
		{who: "garbage", op: op, header: map[string]string{"Authorization": "Bearer garbage"}, want: http.StatusUnauthorized},
		{who: "garbage", op: op, header: map[string]string{"Authorization": "Basic ZGlyZWN0b3I6eA=="}, want: http.StatusUnauthorized},
		{who: "stranger", op: op, as: "stranger", want: forbidden},
		{who: "disabled member", op: op, as: "disabled", want: forbidden},
		{who: "other town", op: op, as: "neighbour", want: forbidden},
		{who: "other county", op: op, as: "foreign-administrator", want: forbidden},
		{who: "other county", op: op, as: "foreign-director", want: forbidden},
	}
	if len(op.roles) == 0 {
		return append(tries, try{who: "may", op: op, as: "only-reader"})
	}
	// The roles of the county hold in its towns; the member of a town is a stranger to its county whatever the role.
	levels := []string{"tenant", "county"}
	if strings.HasPrefix(op.path, "/v1/counties/") {
		levels = levels[1:]
	}
	for _, level := range levels {
		for _, role := range byRole[level] {
			if slices.Contains(op.roles, role) && role != string(mediation.RoleDirector) && strings.Contains(op.path, "{case}") {
				tries = append(tries, try{who: "restricted case", op: op, as: only(level, role), want: http.StatusNotFound, caseID: w.drilled["restricted"]})
			}
			if slices.Contains(op.roles, role) && narrow(role) && (strings.Contains(op.path, "{case}") || strings.Contains(op.path, "{lead}")) {
				tries = append(tries, try{who: "out of sight", op: op, as: only(level, role), want: http.StatusNotFound})
			} else if slices.Contains(op.roles, role) {
				tries = append(tries, try{who: "may", op: op, as: only(level, role)})
			} else {
				tries = append(tries, try{who: "too little", op: op, as: only(level, role), want: http.StatusForbidden})
			}
		}
	}
	if len(levels) == 1 {
		tries = append(tries, try{who: "too little", op: op, as: "only-director", want: http.StatusForbidden})
	}
	return tries
}

// plantedDoor serves every request without asking and must turn the drill red.
func (w *world) plantedDoor(t *testing.T, byRole map[string][]string) {
	open := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusOK)
		fmt.Fprint(rw, "{}")
	}))
	defer open.Close()
	noticed := 0
	for _, op := range w.operations(t) {
		for _, try := range w.tries(op, byRole) {
			if try.want >= 400 && !try.fits(w.send(open, try.request(op.at(w, "x"))), try.want) {
				noticed++
			}
		}
	}
	if noticed == 0 {
		t.Fatal("an API that asks nobody passes the drill")
	}
	t.Logf("%d drills notice an API that asks nobody", noticed)
}

// TestAPI_secrecy: what is not there and what is not yours cannot be told apart.
func TestAPI_secrecy(t *testing.T) {
	w := newWorld(t)
	_, id := w.file("别人的")
	w.hire(w.other, "neighbour", "director")
	never := "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"
	compared := 0
	for _, op := range w.operations(t) {
		if !strings.Contains(op.path, "{case}") {
			continue
		}
		ask := func(caseID string) answer {
			path := strings.NewReplacer("{tenant}", w.other, "{case}", caseID,
				"{meeting}", "1", "{danger}", "1", "{referral}", "1", "{paper}", "1", "{form}", "rights-notice", "{kind}", "clocks", "{notice}", caseID).Replace(op.path)
			return w.send(w.shared, request{method: op.method, path: path, as: "neighbour", body: op.example,
				header: map[string]string{"If-Match": "*", "Accept-Language": "zh-CN"}})
		}
		wanted := withoutInstance(ask(never).problem(t, http.StatusNotFound, "unknown-case"))
		for name, other := range map[string]string{"another town's": id, "no id at all": "x", "SQL": "1'%20OR%20'1'='1", "upper case": strings.ToUpper(never), "braces": "%7B" + never + "%7D"} {
			got := ask(other).problem(t, http.StatusNotFound, "unknown-case")
			compared++
			if withoutInstance(got) != wanted {
				t.Errorf("%s, %s: %s\nnot the same as %s", op.id, name, got.body, wanted)
			}
		}
	}
	t.Logf("%d attempts to tell a neighbour's case from none", compared)
	t.Run("units", func(t *testing.T) {
		for _, path := range []string{"/v1/tenants/111111111", "/v1/tenants/" + w.here.Code, "/v1/tenants/x", "/v1/counties/111111", "/v1/counties/%27"} {
			w.send(w.shared, request{method: "GET", path: path, as: "director"}).problem(t, http.StatusNotFound, "unknown-unit")
		}
		got := w.send(w.dedicated, request{method: "GET", path: "/v1/tenants/" + w.other, as: "director"}).
			problem(t, http.StatusMisdirectedRequest, "wrong-instance")
		if !strings.Contains(got.body, "https://tiaojie.example") {
			t.Errorf("the right place is not named: %s", got.body)
		}
	})
	t.Run("readers see masked parties", func(t *testing.T) {
		w.hire(w.town, "reader", "reader")
		for _, as := range []string{"reader", "administrator"} {
			for _, path := range []string{w.cases(), w.cases() + "/" + id, w.cases() + "/" + id + "/journal",
				w.cases() + "/" + id + "/actions", w.cases() + "/" + id + "/clocks"} {
				got := w.send(w.dedicated, request{method: "GET", path: path, as: as}).want(t, http.StatusOK)
				for _, secret := range []string{"欧阳测试", "13800005678", "12号"} {
					if strings.Contains(got.body, secret) {
						t.Errorf("%s reads %s at %s: %s", as, secret, path, got.body)
					}
				}
			}
		}
	})
}
