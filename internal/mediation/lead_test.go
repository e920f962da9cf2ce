package mediation_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// quarrel is a complete lead: a grid worker heard two neighbours shout.
func quarrel() mediation.LeadContent {
	return mediation.LeadContent{
		Source: mediation.LeadFromGrid, Type: "02", Cause: "李家新砌院墙，张家称越界，双方争吵。", Place: "石庙镇归化街村",
		PlaceCode: "371621101201", Point: &mediation.Point{Longitude: 117.51, Latitude: 37.49},
		FoundAt: noon.Add(-time.Hour), OccurredOn: "2026-11-20", Reporter: mediation.Reporter{Name: "周网格", Phone: "13800005678"},
		People: 6, Tags: []string{"老年人"},
		Parties: []mediation.Party{
			{Kind: mediation.PartyPerson, Name: "张三", IdentityType: mediation.IdentityResidentID, IdentityNumber: "371602188506150426"},
			{Kind: mediation.PartyPerson, Name: "李四", Side: mediation.SideRespondent, Phone: "13900001111"},
		},
	}
}

func leadRegister() mediation.LeadRegister {
	return mediation.LeadRegister{Tenant: town, Serial: mediation.LeadSerial(town, 2026, 1)}
}

func reported(t *testing.T) mediation.Lead {
	t.Helper()
	l, _, err := mediation.Report(mediation.LeadReportForm{LeadContent: quarrel()}, nil, leadRegister(), act())
	if err != nil {
		t.Fatalf("reporting the standard lead: %v", err)
	}
	return l
}

func TestReport(t *testing.T) {
	l, entry, err := mediation.Report(mediation.LeadReportForm{LeadContent: quarrel()}, nil, leadRegister(), act())
	if err != nil {
		t.Fatal(err)
	}
	if l.State != mediation.LeadReported || l.Version != 1 || l.Serial != "371621101-L2026-000001" || l.ReportedBy != "director-1" || !l.Open() {
		t.Errorf("a new lead is reported, at version 1, with its serial: %+v", l)
	}
	if entry.Check() != nil || entry.Lead != l.ID || entry.Version != 1 || entry.From != "" || entry.Actor.Subject != "director-1" {
		t.Errorf("the first line of its journal: %+v", entry)
	}
	if l.Parties[0].ID == "" || l.Parties[0].ID == l.Parties[1].ID || l.Parties[0].Side != "" {
		t.Errorf("parties have ids, and sides may be open: %+v", l.Parties)
	}
}

func TestReport_rules(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*mediation.LeadContent)
		want   []string
	}{
		"the standard one": {"sound", func(*mediation.LeadContent) {}, nil},
		"place and matter only": {"a lead may know no more", func(l *mediation.LeadContent) {
			*l = mediation.LeadContent{Source: "visitor", Cause: "吵架", Place: "村口", FoundAt: noon}
		}, nil},
		"no parties":                 {"they are not always known", func(l *mediation.LeadContent) { l.Parties = nil }, nil},
		"a point is a place":         {"a phone knows where it is", func(l *mediation.LeadContent) { l.Place, l.PlaceCode = "", "" }, nil},
		"a code is a place":          {"the village is a place", func(l *mediation.LeadContent) { l.Place, l.Point = "", nil }, nil},
		"nowhere":                    {"T1 wants a place", func(l *mediation.LeadContent) { l.Place, l.PlaceCode, l.Point = "", "", nil }, []string{"/place required"}},
		"about nothing":              {"T1 wants a matter", func(l *mediation.LeadContent) { l.Cause = " " }, []string{"/cause required"}},
		"from nowhere":               {"statistics count by source", func(l *mediation.LeadContent) { l.Source = "" }, []string{"/source required"}},
		"from a source of its own":   {"the list is closed", func(l *mediation.LeadContent) { l.Source = "rumour" }, []string{"/source unknown-code"}},
		"a type of its own":          {"the list is closed", func(l *mediation.LeadContent) { l.Type = "19" }, []string{"/type unknown-code"}},
		"no type":                    {"it is not always clear", func(l *mediation.LeadContent) { l.Type = "" }, nil},
		"found never":                {"a lead has a time", func(l *mediation.LeadContent) { l.FoundAt = time.Time{} }, []string{"/foundAt required"}},
		"found later":                {"nothing is found in the future", func(l *mediation.LeadContent) { l.FoundAt = noon.Add(time.Second) }, []string{"/foundAt in-the-future"}},
		"found long ago":             {"a typing error", func(l *mediation.LeadContent) { l.FoundAt = time.Date(1826, 1, 1, 0, 0, 0, 0, time.UTC) }, []string{"/foundAt out-of-range"}},
		"began after it was found":   {"first it happens", func(l *mediation.LeadContent) { l.FoundAt, l.OccurredOn = noon.AddDate(0, 0, -9), "2026-11-20" }, []string{"/occurredOn after-it-was-found"}},
		"began on no day":            {"days are real", func(l *mediation.LeadContent) { l.OccurredOn = "2026-02-30" }, []string{"/occurredOn invalid-date"}},
		"beyond the pole":            {"points are on earth", func(l *mediation.LeadContent) { l.Point.Latitude = 90.1 }, []string{"/point out-of-range"}},
		"a short code":               {"codes have twelve digits", func(l *mediation.LeadContent) { l.PlaceCode = "371621" }, []string{"/placeCode invalid-place-code"}},
		"fewer than nobody":          {"people are counted", func(l *mediation.LeadContent) { l.People = -1 }, []string{"/people out-of-range"}},
		"a phone with letters":       {"phones are dialled", func(l *mediation.LeadContent) { l.Reporter.Phone = "call me" }, []string{"/reporter/phone invalid-phone"}},
		"one digit wrong":            {"the check digit tells", func(l *mediation.LeadContent) { l.Parties[0].IdentityNumber = "371602188506150427" }, []string{"/parties/0/identityNumber identity-check-failed"}},
		"a third side":               {"applicant, respondent or open", func(l *mediation.LeadContent) { l.Parties[0].Side = "witness" }, []string{"/parties/0/side unknown-code"}},
		"two hundred and one":        {"lists have limits", func(l *mediation.LeadContent) { l.Parties = make([]mediation.Party, 201) }, []string{"/parties too-many"}},
		"five hundred":               {"lists have limits", func(l *mediation.LeadContent) { l.Parties = make([]mediation.Party, 500) }, []string{"/parties too-many"}},
		"rare characters":            {"䶮 and 𠮷 are names", func(l *mediation.LeadContent) { l.Parties[0].Name = "䶮𠮷" }, nil},
		"the same tag twice":         {"each once", func(l *mediation.LeadContent) { l.Tags = []string{"涉疫", "涉疫"} }, []string{"/tags/1 duplicate"}},
		"text that is no text":       {"bytes are not text", func(l *mediation.LeadContent) { l.Cause = "\xb2\xe2\xca\xd4" }, []string{"/cause not-utf8"}},
		"a name that reads backward": {"a text reads as it is stored", func(l *mediation.LeadContent) { l.Reporter.Name = "a\u202eb" }, []string{"/reporter/name control-character"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			content := quarrel()
			tc.change(&content)
			_, _, err := mediation.Report(mediation.LeadReportForm{LeadContent: content}, nil, leadRegister(), act())
			sameProblems(t, err, tc.want...)
			if (err == nil) != (len(tc.want) == 0) {
				t.Error(err)
			}
		})
	}
}

func TestReport_inARound(t *testing.T) {
	round := screening(t, nil)
	closed, _, err := round.Close("共排查2个网格", act())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		form   func(*mediation.LeadReportForm)
		round  *mediation.ScreeningRound
		kind   mediation.Kind
		code   string
		fields []string
	}{
		"from an assigned grid": {"that is what rounds are for", func(*mediation.LeadReportForm) {}, &round, "", "", nil},
		"without grid":          {"coverage counts grids", func(f *mediation.LeadReportForm) { f.Grid = "" }, &round, mediation.Invalid, "invalid-lead", []string{"/grid required"}},
		"from a strange grid":   {"it is not of this round", func(f *mediation.LeadReportForm) { f.Grid = "G-9" }, &round, mediation.Invalid, "invalid-lead", []string{"/grid grid-not-assigned"}},
		"a round unseen":        {"rounds are of the unit", func(f *mediation.LeadReportForm) { f.Round = "r-9" }, &round, mediation.Invalid, "invalid-lead", []string{"/round unknown-round"}},
		"a round not found":     {"nothing was found by that id", func(*mediation.LeadReportForm) {}, nil, mediation.Invalid, "invalid-lead", []string{"/round unknown-round"}},
		"found before it":       {"that day is not of this round", func(f *mediation.LeadReportForm) { f.FoundAt = noon.AddDate(0, -2, 0); f.OccurredOn = "" }, &round, mediation.Conflict, "outside-round", nil},
		"after it was closed":   {"a closed round stays as it is", func(*mediation.LeadReportForm) {}, &closed, mediation.Conflict, "round-closed", nil},
		"a grid with a space":   {"codes are codes", func(f *mediation.LeadReportForm) { f.Grid = "G 1" }, &round, mediation.Invalid, "invalid-lead", []string{"/grid grid-not-assigned", "/grid invalid-grid-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			form := mediation.LeadReportForm{LeadContent: quarrel(), Round: round.ID, Grid: "G-1"}
			tc.form(&form)
			l, _, err := mediation.Report(form, tc.round, leadRegister(), act())
			wantCode(t, err, tc.kind, tc.code)
			sameProblems(t, err, tc.fields...)
			if err == nil && (l.Round != round.ID || l.Grid != "G-1") {
				t.Errorf("the lead knows its round and grid: %+v", l)
			}
		})
	}
}

func TestReport_reporter(t *testing.T) {
	cases := map[string]struct {
		reason string
		source mediation.LeadSource
		want   string
	}{
		"own people":  {"a grid worker answers with the own name", mediation.LeadFromGrid, "王主任"},
		"a stranger":  {"who wants to stay unnamed stays so", mediation.LeadFromOnline, ""},
		"the hotline": {"the clerk who types is not who called", mediation.LeadFromHotline, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			content := quarrel()
			content.Source, content.Reporter = tc.source, mediation.Reporter{}
			l, _, err := mediation.Report(mediation.LeadReportForm{LeadContent: content}, nil, leadRegister(), act())
			if err != nil || l.Reporter.Name != tc.want {
				t.Errorf("%v: got %q, want %q", err, l.Reporter.Name, tc.want)
			}
		})
	}
}

func TestLead_Correct(t *testing.T) {
	l := reported(t)
	content := l.LeadContent
	content.Cause, content.Point, content.Tags = "院墙越界约二十厘米。", nil, nil
	content.Parties = append(slices.Clone(l.Parties[:1]), mediation.Party{Kind: mediation.PartyPerson, Name: "王五"})
	after, entry, err := l.Correct(mediation.LeadCorrection{Content: content, Reason: "实地核实"}, act())
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, c := range entry.Changes {
		fields = append(fields, c.Field)
	}
	for _, want := range []string{"/cause", "/point", "/tags", "/parties/" + string(l.Parties[1].ID)} {
		if !slices.Contains(fields, want) {
			t.Errorf("the journal lacks %s: %v", want, fields)
		}
	}
	if after.Version != 2 || after.Parties[1].ID == "" || l.Parties[1].Name != "李四" || entry.Reason != "实地核实" {
		t.Errorf("%+v", after)
	}
	same, entry, err := after.Correct(mediation.LeadCorrection{Content: after.LeadContent}, act())
	if err != nil || same.Version != 2 || entry.Verb != "" {
		t.Errorf("%v: nothing differs, so nothing is written: %+v", err, entry)
	}
	content.Parties = []mediation.Party{{ID: "stranger", Kind: mediation.PartyPerson, Name: "赵六"}}
	content.Cause = ""
	_, _, err = after.Correct(mediation.LeadCorrection{Content: content}, act())
	sameProblems(t, err, "/cause required", "/parties/0/id unknown-party")
}

func TestLead_BecomeCase(t *testing.T) {
	strong := mediation.Duplicate{Kind: mediation.LikeCase, ID: "c-7", Score: 60}
	weak := mediation.Duplicate{Kind: mediation.LikeLead, ID: "l-8", Score: 59}
	cases := map[string]struct {
		reason     string
		conversion mediation.Conversion
		found      []mediation.Duplicate
		kind       mediation.Kind
		code       string
		fields     []string
	}{
		"nothing like it":          {"the plain way", mediation.Conversion{Case: "c-1"}, nil, "", "", nil},
		"a weak likeness":          {"shown, but not in the way", mediation.Conversion{Case: "c-1"}, []mediation.Duplicate{weak}, "", "", nil},
		"a strong likeness unseen": {"somebody looks before a second case exists", mediation.Conversion{Case: "c-1"}, []mediation.Duplicate{strong, weak}, mediation.Conflict, "possible-duplicates", []string{"/considered possible-duplicate"}},
		"a strong likeness seen":   {"the clerk knows better", mediation.Conversion{Case: "c-1", Considered: []mediation.ID{"c-7"}}, []mediation.Duplicate{strong}, "", "", nil},
		"no case":                  {"into which case?", mediation.Conversion{}, nil, mediation.Invalid, "invalid-conversion", []string{"/case required"}},
		"an endless note":          {"texts have limits", mediation.Conversion{Case: "c-1", Note: strings.Repeat("长", 2001)}, nil, mediation.Invalid, "invalid-conversion", []string{"/note too-long"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			l, entry, err := reported(t).BecomeCase(tc.conversion, tc.found, act())
			wantCode(t, err, tc.kind, tc.code)
			sameProblems(t, err, tc.fields...)
			if err == nil && (l.State != mediation.LeadBecameCase || l.Case != "c-1" || l.EndedAt == nil || l.Open() || entry.Changes[0].After != "c-1") {
				t.Errorf("%+v %+v", l, entry)
			}
		})
	}
}

func TestLead_Close(t *testing.T) {
	cases := map[string]struct {
		reason  string
		closing mediation.LeadClosing
		want    []string
	}{
		"settled":              {"how it was settled is worth a line", mediation.LeadClosing{Reason: mediation.LeadSettledOnTheSpot, Note: "当场和好"}, nil},
		"settled without word": {"how?", mediation.LeadClosing{Reason: mediation.LeadSettledOnTheSpot}, []string{"/note required"}},
		"elsewhere":            {"who was told?", mediation.LeadClosing{Reason: mediation.LeadOutOfArea}, []string{"/note required"}},
		"to an organ":          {"which?", mediation.LeadClosing{Reason: mediation.LeadHandedToOrgan}, []string{"/note required"}},
		"unfounded":            {"what was checked?", mediation.LeadClosing{Reason: mediation.LeadUnfounded}, []string{"/note required"}},
		"no dispute":           {"nothing more to say", mediation.LeadClosing{Reason: mediation.LeadNotADispute}, nil},
		"declined":             {"free will (L3)", mediation.LeadClosing{Reason: mediation.LeadPartiesDecline}, nil},
		"a duplicate":          {"of which?", mediation.LeadClosing{Reason: mediation.LeadDuplicate, Same: "l-9"}, nil},
		"a duplicate of none":  {"of which?", mediation.LeadClosing{Reason: mediation.LeadDuplicate}, []string{"/same required"}},
		"a duplicate of self":  {"nothing repeats itself", mediation.LeadClosing{Reason: mediation.LeadDuplicate, Same: "id-001"}, []string{"/same required"}},
		"another, no reason":   {"only a duplicate names another", mediation.LeadClosing{Reason: mediation.LeadNotADispute, Same: "l-9"}, []string{"/same not-expected"}},
		"no reason":            {"nothing ends without", mediation.LeadClosing{}, []string{"/reason required"}},
		"a reason of its own":  {"the list is closed", mediation.LeadClosing{Reason: "bored"}, []string{"/reason unknown-code"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			l, entry, err := reported(t).Close(tc.closing, act())
			sameProblems(t, err, tc.want...)
			if (err == nil) != (len(tc.want) == 0) {
				t.Error(err)
			}
			if err == nil && (l.State != mediation.LeadClosed || l.Closing.Reason != tc.closing.Reason || entry.Reason != tc.closing.Note) {
				t.Errorf("%+v %+v", l, entry)
			}
		})
	}
}

// leadVerbs takes every verb with a body that is valid.
var leadVerbs = map[mediation.LeadVerb]func(mediation.Lead, mediation.Act) (mediation.Lead, mediation.LeadEntry, error){
	mediation.LeadCorrect: func(l mediation.Lead, a mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
		content := quarrel()
		content.Parties = nil
		content.People = int(l.Version) + 10
		return l.Correct(mediation.LeadCorrection{Content: content}, a)
	},
	mediation.LeadBecomeCase: func(l mediation.Lead, a mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
		return l.BecomeCase(mediation.Conversion{Case: "c-1"}, nil, a)
	},
	mediation.LeadJoinCase: func(l mediation.Lead, a mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
		return l.JoinCase(mediation.Conversion{Case: "c-1"}, a)
	},
	mediation.LeadClose: func(l mediation.Lead, a mediation.Act) (mediation.Lead, mediation.LeadEntry, error) {
		return l.Close(mediation.LeadClosing{Reason: mediation.LeadNotADispute}, a)
	},
}

func TestLead_everyVerbFromEveryState(t *testing.T) {
	l := reported(t)
	nobody := act()
	nobody.By = mediation.Actor{}
	for _, end := range []mediation.LeadVerb{"", mediation.LeadBecomeCase, mediation.LeadJoinCase, mediation.LeadClose} {
		from := l
		if end != "" {
			var err error
			if from, _, err = leadVerbs[end](l, act()); err != nil {
				t.Fatal(err)
			}
		}
		for verb, do := range leadVerbs {
			t.Run(string(from.State)+" "+string(verb), func(t *testing.T) {
				_, _, err := do(from, nobody)
				wantCode(t, err, mediation.Unauthenticated, "actor-required")
				after, entry, err := do(from, act())
				if slices.Contains(from.Verbs(), verb) != (err == nil) {
					t.Fatalf("Verbs says otherwise: %v", err)
				}
				if err != nil {
					wantCode(t, err, mediation.Conflict, "lead-state")
				} else if after.Version != from.Version+1 || entry.Version != after.Version || entry.Check() != nil {
					t.Errorf("%+v %+v", after, entry)
				}
			})
		}
	}
	_, _, err := mediation.Report(mediation.LeadReportForm{LeadContent: quarrel()}, nil, leadRegister(), nobody)
	wantCode(t, err, mediation.Unauthenticated, "actor-required")
	wantCode(t, mediation.Lead{}.Can(mediation.LeadClose), mediation.Conflict, "lead-state")
	wantCode(t, l.Can(mediation.LeadReport), mediation.Conflict, "lead-state")
	if err := (mediation.Lead{}).Can(mediation.LeadReport); err != nil {
		t.Error(err)
	}
}

func TestLead_Filing(t *testing.T) {
	filing := reported(t).Filing()
	if filing.Title != "张三与李四邻里纠纷" || filing.Source != mediation.SourceOwnInitiative || filing.Facts == "" || filing.Parties[0].ID != "" {
		t.Errorf("a draft that a clerk completes: %+v", filing)
	}
	for i := range filing.Parties {
		filing.Parties[i].Side = mediation.SideRespondent
	}
	if _, err := filing.Checked(noon); err != nil {
		t.Errorf("on the committee's own initiative two parties are enough: %v", err)
	}
	var bare mediation.Lead
	bare.Source = mediation.LeadFromPolice
	if draft := bare.Filing(); draft.Title != "纠纷" || draft.Source != mediation.SourceReferral {
		t.Errorf("a lead that knows nothing still makes a draft: %+v", draft)
	}
	if mediation.LeadFromVisitor.CaseSource() != mediation.SourceApplication || mediation.LeadSource("x").CaseSource() != "" {
		t.Error("who comes in person applies; an unknown source counts nowhere")
	}
}

func TestLead_Masked(t *testing.T) {
	l := reported(t)
	masked := l.Masked(mediation.MaskPeople)
	if masked.Parties[0].Name != "张*" || masked.Reporter.Name != "周*" || masked.Reporter.Phone != "138****5678" || l.Parties[0].Name != "张三" {
		t.Errorf("%+v", masked)
	}
	l.Reporter = mediation.Reporter{}
	if l.Masked(mediation.MaskPeople).Reporter.Name != "" {
		t.Error("who stayed unnamed stays unnamed, not starred")
	}
}

// TestLead_property: whatever is tried, versions count up by one, each change leaves one line that names its actor and
// joins the line before, and what has ended stays as it ended.
func TestLead_property(t *testing.T) {
	verbs := []mediation.LeadVerb{mediation.LeadCorrect, mediation.LeadBecomeCase, mediation.LeadJoinCase, mediation.LeadClose}
	rapid.Check(t, func(t *rapid.T) {
		a := act()
		l, last, err := mediation.Report(mediation.LeadReportForm{LeadContent: quarrel()}, nil, leadRegister(), a)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(0, 12).Draw(t, "steps") {
			verb := rapid.SampledFrom(verbs).Draw(t, "verb "+strconv.Itoa(i))
			after, entry, err := leadVerbs[verb](l, a)
			if (err == nil) != l.Open() {
				t.Fatalf("%s from %s: %v", verb, l.State, err)
			}
			if err != nil {
				continue
			}
			if entry.Version != last.Version+1 || entry.From != last.To || entry.To != after.State || entry.Check() != nil {
				t.Fatalf("%+v does not follow %+v", entry, last)
			}
			if (after.EndedAt != nil) == after.Open() {
				t.Fatalf("ended at %v in state %s", after.EndedAt, after.State)
			}
			l, last = after, entry
		}
	})
}

// Whoever makes a case of a lead sees beforehand what the lead does not say.
func TestLead_Actions_showWhatTheCaseWillWant(t *testing.T) {
	wants := func(l mediation.Lead, by mediation.Actor) (pointers []string, allowed bool) {
		for _, state := range l.Actions(by, noon) {
			if state.Verb != mediation.LeadBecomeCase && len(state.Ahead) > 0 {
				t.Errorf("%s wants nothing: %+v", state.Verb, state.Ahead)
			}
			if state.Verb == mediation.LeadBecomeCase {
				for _, missing := range state.Ahead {
					pointers = append(pointers, missing.Pointer+" "+missing.Code)
					if missing.ZH == "" || missing.EN == "" {
						t.Errorf("%+v has no words", missing)
					}
				}
				allowed = state.Allowed
			}
		}
		return pointers, allowed
	}
	complete := quarrel()
	complete.Parties[0].Side = mediation.SideApplicant
	alone, untyped := quarrel(), complete
	alone.Parties, untyped.Type = alone.Parties[1:], ""
	for name, tc := range map[string]struct {
		content mediation.LeadContent
		want    []string
	}{
		"complete":         {complete, nil},
		"a side left open": {quarrel(), []string{"/parties/0/side required"}},
		"one party only":   {alone, []string{"/parties two-parties-required"}},
		"no type yet":      {untyped, []string{"/type required"}},
	} {
		l, _, err := mediation.Report(mediation.LeadReportForm{LeadContent: tc.content}, nil, leadRegister(), act())
		if err != nil {
			t.Fatal(err)
		}
		if got, allowed := wants(l, director()); !allowed || !slices.Equal(got, tc.want) {
			t.Errorf("%s: allowed %v, wants %v, want %v", name, allowed, got, tc.want)
		}
		if got, allowed := wants(l, who("grid-1", mediation.RoleGridWorker)); allowed || len(got) != 0 {
			t.Errorf("%s: a grid worker is told %v %v", name, allowed, got)
		}
	}
}
