package mediation_test

import (
	"errors"
	"slices"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

const village = town + "201"

// actorWith is somebody with one role, who works in one village and on one day.
func actorWith(role mediation.Role, subject string) mediation.Actor {
	return mediation.Actor{Principal: mediation.Principal{Issuer: "https://id.example", Subject: subject}, Unit: town,
		Roles: []mediation.Role{role}, Villages: []string{village}, Day: "2026-11-23"}
}

func hosted(by string) []mediation.Mediator {
	return []mediation.Mediator{{Issuer: "https://id.example", Subject: by, Host: true}}
}

func invitedUntil(subject, until string) []mediation.Invitation {
	return []mediation.Invitation{{Issuer: "https://id.example", Subject: subject, Purpose: "提供意见", Until: until}}
}

// What each role sees of four cases: one of the town, one of the own village, a restricted one there, and one that somebody
// of this role mediates.
func TestScope_ofRoles(t *testing.T) {
	plain := mediation.Case{ID: "1", PlaceCode: town + "202"}
	local := mediation.Case{ID: "2", PlaceCode: village}
	closed := mediation.Case{ID: "3", PlaceCode: village, Restriction: mediation.RestrictionFamily}
	own := mediation.Case{ID: "4", PlaceCode: town + "202", Restriction: mediation.RestrictionMinor, Mediators: hosted("me")}
	cases := []mediation.Case{plain, local, closed, own}
	for role, want := range map[mediation.Role]string{
		mediation.RoleDirector: "1234", mediation.RoleMediator: "124", mediation.RoleClerk: "124", mediation.RoleJudicialOffice: "124",
		mediation.RoleDispatcher: "124", mediation.RoleBureauSection: "124", mediation.RoleReader: "124", mediation.RoleCountyAdministrator: "124",
		mediation.RoleVillageMediator: "24", mediation.RoleIndustryMediator: "4", mediation.RoleExpert: "4", mediation.RoleLeader: "4",
		mediation.RoleLiaison: "4", mediation.RoleGridWorker: "4", mediation.RoleSystemAdministrator: "4",
		mediation.RoleSecurityAdministrator: "4", mediation.RoleAuditAdministrator: "4",
	} {
		scope, got := actorWith(role, "me").Scope(), ""
		for _, c := range cases {
			if scope.Sees(c) {
				got += string(c.ID)
			}
		}
		if got != want {
			t.Errorf("%s sees %s, want %s", role, got, want)
		}
	}
	both := actorWith(mediation.RoleVillageMediator, "me")
	both.Roles = append(both.Roles, mediation.RoleMediator)
	if !both.Scope().Sees(plain) {
		t.Error("a second role takes the first one's reach away")
	}
}

func TestScope_invitations(t *testing.T) {
	closed := mediation.Case{Restriction: mediation.RestrictionFamily, Invitations: invitedUntil("me", "2026-11-23")}
	for reason, c := range map[string]struct {
		by   mediation.Actor
		want bool
	}{
		"on the last day":                {actorWith(mediation.RoleExpert, "me"), true},
		"a colleague without invitation": {actorWith(mediation.RoleClerk, "you"), false},
		"a day later": {func() mediation.Actor {
			a := actorWith(mediation.RoleExpert, "me")
			a.Day = "2026-11-24"
			return a
		}(), false},
		"somebody of no day": {func() mediation.Actor {
			a := actorWith(mediation.RoleExpert, "me")
			a.Day = ""
			return a
		}(), false},
		"the same subject of another issuer": {func() mediation.Actor {
			a := actorWith(mediation.RoleExpert, "me")
			a.Issuer = "https://other.example"
			return a
		}(), false},
	} {
		if got := c.by.Scope().Sees(closed); got != c.want {
			t.Errorf("%s: sees %v", reason, got)
		}
	}
}

// Actors of a service have a day: the one on which their memberships hold.
func TestActorOf_day(t *testing.T) {
	m := mediation.Membership{Unit: town, Issuer: "i", Subject: "s", Roles: []mediation.Role{mediation.RoleVillageMediator}, Villages: []string{village}}
	actor, err := mediation.ActorOf(mediation.Principal{Issuer: "i", Subject: "s"}, town, []mediation.Membership{m}, "2026-11-23")
	if err != nil || actor.Scope().Day != "2026-11-23" || !slices.Equal(actor.Scope().Villages, []string{village}) {
		t.Errorf("%+v, %v", actor.Scope(), err)
	}
}

// Out of scope is not there, whatever the role would allow; in scope the role says what may be done.
func TestCase_Permit_scope(t *testing.T) {
	plain := mediation.Case{PlaceCode: town + "202", Mediators: hosted("host")}
	local := mediation.Case{PlaceCode: village, Mediators: hosted("host")}
	mine := mediation.Case{Mediators: hosted("me")}
	invited := mediation.Case{Restriction: mediation.RestrictionFamily, Invitations: invitedUntil("me", "2026-12-31"), Mediators: hosted("host")}
	for reason, c := range map[string]struct {
		role   mediation.Role
		of     mediation.Case
		action mediation.Action
		code   string
	}{
		"a village mediator reads the village":            {mediation.RoleVillageMediator, local, mediation.ActionCaseRead, ""},
		"whom it is about is for its mediators":           {mediation.RoleVillageMediator, local, mediation.ActionCaseNames, "not-assigned"},
		"and so is what is done":                          {mediation.RoleVillageMediator, local, mediation.ActionCaseConvene, "not-assigned"},
		"in cases of their own they work":                 {mediation.RoleVillageMediator, mine, mediation.ActionCaseConvene, ""},
		"another village is not there":                    {mediation.RoleVillageMediator, plain, mediation.ActionCaseRead, "unknown-case"},
		"an industry mediator works in own cases":         {mediation.RoleIndustryMediator, mine, mediation.ActionCaseAgree, ""},
		"and knows of no other":                           {mediation.RoleIndustryMediator, local, mediation.ActionCaseAgree, "unknown-case"},
		"an expert who is invited looks":                  {mediation.RoleExpert, invited, mediation.ActionCaseJournal, ""},
		"and does nothing":                                {mediation.RoleExpert, invited, mediation.ActionCaseConvene, "role-required"},
		"a clerk who is invited keeps the record":         {mediation.RoleClerk, invited, mediation.ActionCaseConvene, ""},
		"a mediator who is invited only looks":            {mediation.RoleMediator, invited, mediation.ActionCaseConvene, "not-assigned"},
		"the director sees every restricted case":         {mediation.RoleDirector, invited, mediation.ActionCaseUnrestrict, ""},
		"a role that may not is told so, in sight or not": {mediation.RoleReader, plain, mediation.ActionCaseConvene, "role-required"},
	} {
		if err := c.of.Permit(actorWith(c.role, "me"), c.action); mediation.CodeOf(err) != c.code {
			t.Errorf("%s: %v", reason, err)
		}
	}
	never := mediation.UnknownCase()
	hidden := plain.Permit(actorWith(mediation.RoleExpert, "me"), mediation.ActionCaseRead)
	if hidden == nil || hidden.Error() != never.Error() {
		t.Errorf("%v is not the answer for a case that never was", hidden)
	}
}

func TestScope_Files(t *testing.T) {
	for place, code := range map[string]string{village: "", village + "001": "", town + "202": "place-not-yours", "": "place-not-yours", town: "place-not-yours"} {
		if err := actorWith(mediation.RoleVillageMediator, "me").Scope().Files(place); mediation.CodeOf(err) != code {
			t.Errorf("%q: %v", place, err)
		}
		if err := actorWith(mediation.RoleMediator, "me").Scope().Files(place); err != nil {
			t.Errorf("a mediator of the town at %q: %v", place, err)
		}
	}
}

func TestScope_Tells(t *testing.T) {
	closed, scope := mediation.Case{Restriction: mediation.RestrictionFamily}, actorWith(mediation.RoleMediator, "me").Scope()
	for kind, want := range map[mediation.NoticeKind]bool{mediation.NoticeAssigned: false, mediation.NoticeOverdue: false, mediation.NoticeReleased: true, mediation.NoticeRecused: true} {
		if got := scope.Tells(mediation.Notice{Kind: kind}, closed); got != want {
			t.Errorf("%s of a restricted case: %v", kind, got)
		}
		if !scope.Tells(mediation.Notice{Kind: kind}, mediation.Case{}) {
			t.Errorf("%s of another case is not told", kind)
		}
	}
}

func TestLeadScope_villages(t *testing.T) {
	lead := func(place, by string) mediation.Lead {
		return mediation.Lead{LeadContent: mediation.LeadContent{PlaceCode: place}, ReportedBy: by, ReporterIssuer: "https://id.example"}
	}
	for _, c := range []struct {
		role mediation.Role
		lead mediation.Lead
		want bool
	}{
		{mediation.RoleVillageMediator, lead(village, "you"), true},
		{mediation.RoleVillageMediator, lead(village+"003", "you"), true},
		{mediation.RoleVillageMediator, lead(town+"202", "you"), false},
		{mediation.RoleVillageMediator, lead("", "you"), false},
		{mediation.RoleVillageMediator, lead(town+"202", "me"), true},
		{mediation.RoleGridWorker, lead(village, "you"), false},
		{mediation.RoleLiaison, lead(village, "you"), false},
		{mediation.RoleLiaison, lead(village, "me"), true},
		{mediation.RoleMediator, lead(town+"202", "you"), true},
	} {
		if got := mediation.LeadScopeOf(actorWith(c.role, "me")).Holds(c.lead); got != c.want {
			t.Errorf("%s, %s by %s: %v", c.role, c.lead.PlaceCode, c.lead.ReportedBy, got)
		}
	}
}

func TestFile_restricts(t *testing.T) {
	for reason, c := range map[string]struct {
		change func(*mediation.Filing)
		want   mediation.Restriction
	}{
		"neighbours":                         {func(*mediation.Filing) {}, ""},
		"a family: a person decides":         {func(f *mediation.Filing) { f.Type = mediation.DisputeFamily }, ""},
		"a tag of sexual violence":           {func(f *mediation.Filing) { f.Tags = []string{"老年人", "性侵害"} }, mediation.RestrictionSexual},
		"a tag of a minor":                   {func(f *mediation.Filing) { f.Tags = []string{"校园欺凌"} }, mediation.RestrictionMinor},
		"a party who turns 18 tomorrow":      {func(f *mediation.Filing) { f.Parties[0].BornOn = "2008-11-24" }, mediation.RestrictionMinor},
		"a party who turned 18 today":        {func(f *mediation.Filing) { f.Parties[0].BornOn = "2008-11-23" }, ""},
		"violence weighs more than age":      {func(f *mediation.Filing) { f.Tags, f.Parties[0].BornOn = []string{"猥亵"}, "2015-01-01" }, mediation.RestrictionSexual},
		"a party with nothing but a name":    {func(f *mediation.Filing) { f.Parties[0].BornOn = "" }, ""},
		"the tag is a word, not part of one": {func(f *mediation.Filing) { f.Tags = []string{"非未成年人"} }, ""},
	} {
		filing := boundary()
		filing.Parties[0].IdentityType, filing.Parties[0].IdentityNumber = "", ""
		c.change(&filing)
		filed, entry, err := mediation.File(filing, register(), act())
		if err != nil {
			t.Errorf("%s: %v", reason, err)
			continue
		}
		told := slices.ContainsFunc(entry.Changes, func(change mediation.Change) bool { return change.Field == "/restriction" })
		if filed.Restriction != c.want || told != (c.want != "") {
			t.Errorf("%s: restricted %q, journalled %v", reason, filed.Restriction, told)
		}
	}
}

// Whoever brings a restricted dispute in keeps sight of it for a month; a director needs no invitation.
func TestFile_restrictedForTheFiler(t *testing.T) {
	filing := boundary()
	filing.Tags = []string{"未成年人"}
	a := act()
	a.By = actorWith(mediation.RoleClerk, "clerk-1")
	c, _, err := mediation.File(filing, register(), a)
	if err != nil || !c.Invited(a.By.Principal, "2026-12-23") || c.Invited(a.By.Principal, "2026-12-24") {
		t.Errorf("%+v, %v", c.Invitations, err)
	}
	if c, _, err = mediation.File(filing, register(), act()); err != nil || len(c.Invitations) != 0 {
		t.Errorf("the director is invited: %+v, %v", c.Invitations, err)
	}
}

// A correction that shows a child restricts the case; one that shows nothing new leaves what a director opened open.
func TestCase_Correct_restricts(t *testing.T) {
	c, _, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	tagged, entry, err := c.Correct(mediation.Correction{Tags: pointer([]string{"未成年人"})}, later(c, minutes(1)))
	if err != nil || tagged.Restriction != mediation.RestrictionMinor || !slices.ContainsFunc(entry.Changes, func(change mediation.Change) bool { return change.Field == "/restriction" }) {
		t.Fatalf("%q, %+v, %v", tagged.Restriction, entry.Changes, err)
	}
	opened, _, err := tagged.Unrestrict(mediation.Unrestricting{Reason: "当事人同意公开"}, later(tagged, minutes(1)))
	if err != nil || opened.Restriction != "" {
		t.Fatal(err)
	}
	if same, _, err := opened.Correct(mediation.Correction{Title: pointer("院墙")}, later(opened, minutes(1))); err != nil || same.Restriction != "" {
		t.Errorf("%q, %v", same.Restriction, err)
	}
}

func TestCase_Invite(t *testing.T) {
	c, _, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	c.Recusals = []mediation.Recusal{{Mediator: mediation.Mediator{Issuer: "https://id.example", Subject: "tied"}}}
	sound := mediation.Invitation{Issuer: "https://id.example", Subject: "expert-1", Purpose: "提供意见", Until: "2026-12-01"}
	for reason, change := range map[string]struct {
		change  func(*mediation.Invitation)
		pointer string
	}{
		"sound":             {func(*mediation.Invitation) {}, ""},
		"today":             {func(i *mediation.Invitation) { i.Until = "2026-11-23" }, ""},
		"yesterday":         {func(i *mediation.Invitation) { i.Until = "2026-11-22" }, "/until"},
		"more than a year":  {func(i *mediation.Invitation) { i.Until = "2027-11-25" }, "/until"},
		"no day":            {func(i *mediation.Invitation) { i.Until = "" }, "/until"},
		"a day that is not": {func(i *mediation.Invitation) { i.Until = "2026-12-32" }, "/until"},
		"nobody":            {func(i *mediation.Invitation) { i.Subject = " " }, "/subject"},
		"no purpose":        {func(i *mediation.Invitation) { i.Purpose = "" }, "/purpose"},
		"somebody recused":  {func(i *mediation.Invitation) { i.Subject = "tied" }, "/subject"},
	} {
		invitation := sound
		change.change(&invitation)
		_, entry, err := c.Invite(invitation, later(c, minutes(1)))
		if got := pointerOf(err); got != change.pointer {
			t.Errorf("%s: %v", reason, err)
		}
		if err == nil && (entry.Reason != sound.Purpose || len(entry.Changes) != 1) {
			t.Errorf("%s: journal says %+v", reason, entry)
		}
	}
	first, _, err := c.Invite(sound, later(c, minutes(1)))
	if err != nil {
		t.Fatal(err)
	}
	sound.Until = "2027-01-01"
	second, entry, err := first.Invite(sound, later(first, minutes(1)))
	if err != nil || len(second.Invitations) != 1 || second.Invitations[0].Until != "2027-01-01" || entry.Changes[0].Before == "" {
		t.Errorf("a second invitation is no new term: %+v, %v", second.Invitations, err)
	}
	if _, _, err := second.Uninvite(mediation.Uninviting{Issuer: sound.Issuer, Subject: "somebody", Reason: "已提交"}, later(second, minutes(1))); pointerOf(err) != "/subject" {
		t.Errorf("%v", err)
	}
	last, _, err := second.Uninvite(mediation.Uninviting{Issuer: sound.Issuer, Subject: sound.Subject, Reason: "已提交"}, later(second, minutes(1)))
	if err != nil || last.Invitations != nil {
		t.Errorf("%+v, %v", last.Invitations, err)
	}
}

func TestCase_Invite_atMost(t *testing.T) {
	c, _, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		c.Invitations = append(c.Invitations, invitedUntil("x", "2026-12-01")...)
	}
	_, _, err = c.Invite(mediation.Invitation{Issuer: "i", Subject: "s", Purpose: "一", Until: "2026-12-01"}, later(c, minutes(1)))
	var refusal *mediation.Error
	if !errors.As(err, &refusal) || len(refusal.Fields) != 1 || refusal.Fields[0].Code != "too-many" {
		t.Errorf("%v", err)
	}
}

// pointerOf is the first field that a refusal names.
func pointerOf(err error) string {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) || len(refusal.Fields) == 0 {
		return ""
	}
	return refusal.Fields[0].Pointer
}

func TestCase_Restrict(t *testing.T) {
	c, _, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Restrict(mediation.Restricting{Reason: "secret"}, later(c, minutes(1))); pointerOf(err) != "/reason" {
		t.Errorf("%v", err)
	}
	if _, _, err := c.Unrestrict(mediation.Unrestricting{Reason: "公开"}, later(c, minutes(1))); pointerOf(err) != "/restriction" {
		t.Errorf("a case that is not restricted is opened: %v", err)
	}
	closed, entry, err := c.Restrict(mediation.Restricting{Reason: mediation.RestrictionOther, Note: "涉及商业秘密"}, later(c, minutes(1)))
	if err != nil || closed.Restriction != mediation.RestrictionOther || entry.Reason != "涉及商业秘密" {
		t.Fatalf("%q, %+v, %v", closed.Restriction, entry, err)
	}
	if _, _, err := closed.Restrict(mediation.Restricting{Reason: mediation.RestrictionFamily}, later(closed, minutes(1))); pointerOf(err) != "/restriction" {
		t.Errorf("a restricted case is restricted again: %v", err)
	}
	if _, _, err := closed.Unrestrict(mediation.Unrestricting{}, later(closed, minutes(1))); pointerOf(err) != "/reason" {
		t.Errorf("opened without a reason: %v", err)
	}
}

// A family's case is proposed for restriction, once, to whoever may restrict it.
func TestCase_Actions_adviseToRestrict(t *testing.T) {
	filing := boundary()
	filing.Type = mediation.DisputeFamily
	c, _, err := mediation.File(filing, register(), act())
	if err != nil {
		t.Fatal(err)
	}
	ahead := func(c mediation.Case, by mediation.Actor) int {
		for _, state := range c.Actions(by, noon) {
			if state.Verb == mediation.VerbRestrict {
				return len(state.Ahead)
			}
		}
		return -1
	}
	if got := ahead(c, director()); got != 1 {
		t.Errorf("%d proposals to the director", got)
	}
	if got := ahead(c, actorWith(mediation.RoleClerk, "clerk-1")); got != 0 {
		t.Errorf("%d proposals to a clerk", got)
	}
	c.Restriction = mediation.RestrictionFamily
	if got := ahead(c, director()); got != 0 {
		t.Errorf("%d proposals where it is restricted", got)
	}
}
