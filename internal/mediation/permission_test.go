package mediation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// The matrix once more, as it was agreed with the office: role by role, what it may.
var agreed = map[mediation.Role]string{
	mediation.RoleCountyAdministrator: `county.permission.read member.list member.put member.remove case.list clock.list case.read case.journal case.actions
		county.read county.repeat-party.list county.tenant.list county.case.list county.clock.list county.member.list county.member.put county.member.remove county.member.leave county.repeat-party.reveal
		county.organisation.list county.mediator.list county.staffing.read organisation.decide mediator.decide reference.read reference.preview county.reference.read county.reference.put county.reference.preview audit.list county.audit.list ` + registering + appointing + self + looking,
	mediation.RoleDirector: `audit.list member.list member.put member.remove case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal
		case.correct case.accept case.refuse case.withdraw case.actions ` + recording + deciding + concluding + keeping + `case.suggest ` + registering + appointing + self + looking,
	mediation.RoleClerk: `member.list case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal case.correct case.withdraw case.actions ` +
		recording + keeping + `case.suggest ` + registering + self + looking,
	mediation.RoleMediator: `member.list case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal case.correct case.withdraw case.actions ` +
		recording + concluding + self + looking,
	mediation.RoleReader: `member.list case.list clock.list case.read case.journal case.actions county.read county.permission.read county.repeat-party.list county.tenant.list county.case.list county.clock.list county.member.list
		county.organisation.list county.mediator.list county.staffing.read reference.read county.reference.read ` + looking,
	mediation.RoleGridWorker: ``,
	mediation.RoleVillageMediator: `member.list case.file case.list case.read case.names case.reveal case.accesses case.print
		case.journal case.correct case.withdraw case.actions case.classify case.grade case.assess
		case.recuse case.investigate case.convene case.cancel-meeting case.mediate case.report-danger
		case.settle-danger case.suspend case.resume case.agree case.agree-orally case.fail case.terminate
		case.refer case.acknowledge-referral case.report-referral case.apply-confirmation
		case.decide-confirmation case.perform case.breach case.urge case.visit case.put-on-file case.attach
		case.attachment.list case.attachment.read case.attachment.fetch case.attachment.link clock.list
		case.take-lead lead.report lead.list lead.read lead.names lead.reveal lead.journal lead.actions
		lead.correct lead.duplicates lead.become-case lead.join-case lead.close screening.list
		screening.read screening.journal screening.coverage screening.report-zero screening.zero-report.list
		reference.read organisation.list organisation.read mediator.list mediator.read mediator.leave
		mediator.declare adviser.list adviser.read`,
	mediation.RoleIndustryMediator: `case.list case.read case.names case.reveal case.accesses case.print case.journal case.correct
		case.withdraw case.actions case.classify case.grade case.assess case.recuse case.investigate
		case.convene case.cancel-meeting case.mediate case.report-danger case.settle-danger case.suspend
		case.resume case.agree case.agree-orally case.fail case.terminate case.refer
		case.acknowledge-referral case.report-referral case.apply-confirmation case.decide-confirmation
		case.perform case.breach case.urge case.visit case.put-on-file case.attach case.attachment.list
		case.attachment.read case.attachment.fetch case.attachment.link clock.list reference.read
		county.permission.read mediator.leave mediator.declare`,
	mediation.RoleExpert: `case.list case.read case.journal case.actions case.attachment.list case.attachment.read clock.list
		county.permission.read`,
	mediation.RoleLeader: `case.list case.read case.journal case.actions case.attachment.list case.attachment.read clock.list
		county.permission.read`,
	mediation.RoleLiaison: `case.list case.read case.journal case.actions case.attachment.list case.attachment.read clock.list
		lead.report lead.list lead.read lead.names lead.reveal lead.journal lead.actions`,
	mediation.RoleJudicialOffice: `member.list case.list case.read case.names case.reveal case.accesses case.print case.journal
		case.actions case.override-grade case.override-risk case.assign case.reassign case.attachment.list
		case.attachment.read case.attachment.fetch case.attachment.link clock.list lead.report lead.list
		lead.read lead.names lead.reveal lead.all lead.journal lead.actions lead.correct lead.duplicates
		lead.close screening.start screening.list screening.read screening.journal screening.change
		screening.close screening.coverage screening.zero-report.list reference.read reference.put
		reference.preview case.suggest organisation.list organisation.read organisation.register
		organisation.change organisation.status organisation.file mediator.list mediator.read mediator.names
		mediator.reveal mediator.register mediator.change mediator.verify mediator.status mediator.post
		mediator.leave mediator.declare mediator.clear mediator.file adviser.list adviser.read
		adviser.register adviser.change adviser.end adviser.visit registry.journal audit.list`,
	mediation.RoleDispatcher: `member.list case.list case.read case.reveal case.journal case.actions case.assign case.reassign
		case.transfer case.attachment.list case.attachment.read clock.list lead.report lead.list lead.read
		lead.reveal lead.all lead.journal lead.actions screening.list screening.read screening.journal
		screening.coverage screening.zero-report.list reference.read county.read county.permission.read
		county.tenant.list county.case.list county.clock.list county.repeat-party.list county.repeat-party.reveal county.member.list case.suggest organisation.list organisation.read mediator.list
		mediator.read adviser.list adviser.read county.organisation.list county.mediator.list
		county.staffing.read county.reference.read audit.list county.audit.list`,
	mediation.RoleBureauSection: `member.list case.list case.read case.reveal case.journal case.actions case.attachment.list
		case.attachment.read clock.list lead.list lead.read lead.reveal lead.all lead.journal lead.actions
		screening.list screening.read screening.journal screening.coverage screening.zero-report.list
		reference.read reference.preview county.read county.permission.read county.tenant.list
		county.case.list county.clock.list county.repeat-party.list county.repeat-party.reveal
		county.member.list organisation.list organisation.read organisation.decide mediator.list
		mediator.read mediator.names mediator.reveal mediator.decide adviser.list adviser.read
		registry.journal county.organisation.list county.mediator.list county.staffing.read
		county.reference.read county.reference.put county.reference.preview audit.list county.audit.list`,
	mediation.RoleSystemAdministrator: `county.read county.permission.read county.tenant.list`,
	mediation.RoleSecurityAdministrator: `member.list member.put member.remove county.read county.permission.read county.tenant.list
		county.member.list county.member.put county.member.remove county.member.leave`,
	mediation.RoleAuditAdministrator: `county.read county.permission.read county.tenant.list audit.list county.audit.list`,
}

// What the roles of a tenant do to a case at work: who takes things down, who decides, who brings mediation to its end,
// who keeps the files.
const (
	recording = `reference.read case.classify case.grade case.assess case.recuse case.investigate case.convene case.cancel-meeting case.mediate case.report-danger case.settle-danger
		case.acknowledge-referral case.report-referral case.apply-confirmation case.decide-confirmation case.perform case.breach
		case.urge case.visit case.put-on-file case.attach case.attachment.fetch case.attachment.link `
	deciding   = `member.hand-over reference.put reference.preview case.override-grade case.override-risk case.assign case.reassign case.extend case.transfer case.take-back case.close case.reopen case.merge case.absorb case.split case.invite case.uninvite case.restrict case.unrestrict notice.deliveries notice.retry `
	concluding = `case.suspend case.resume case.agree case.agree-orally case.fail case.terminate case.refer `
	keeping    = `case.acknowledge-transfer case.take-off-file case.attachment.withdraw case.archive `
)

// What they do in the registry: who looks, who keeps it, who decides about people, and what a mediator does on the own
// record.
const (
	looking     = ` case.attachment.list case.attachment.read organisation.list organisation.read mediator.list mediator.read adviser.list adviser.read `
	registering = ` organisation.register organisation.change organisation.file mediator.names mediator.reveal mediator.register mediator.change mediator.verify
		mediator.file adviser.register adviser.change adviser.visit registry.journal `
	appointing = ` organisation.status mediator.status mediator.post mediator.clear adviser.end `
	self       = ` mediator.leave mediator.declare `
)

// And what they may do with leads and screening rounds.
var agreedOnLeads = map[mediation.Role]string{
	mediation.RoleCountyAdministrator: watchingLeads,
	mediation.RoleDirector:            watchingLeads + followingLeads + intake + `screening.close`,
	mediation.RoleClerk:               watchingLeads + followingLeads + intake,
	mediation.RoleMediator:            watchingLeads + followingLeads,
	mediation.RoleReader:              watchingLeads,
	mediation.RoleGridWorker: `lead.report lead.list lead.read lead.names lead.reveal lead.journal lead.actions
		screening.list screening.read screening.report-zero`,
}

// Who looks on, who deals with leads, who plans rounds and brings batches in.
const (
	watchingLeads  = `lead.list lead.read lead.all lead.journal lead.actions screening.list screening.read screening.journal screening.coverage screening.zero-report.list `
	followingLeads = `lead.report lead.names lead.reveal lead.correct lead.duplicates lead.become-case lead.join-case lead.close screening.report-zero case.take-lead `
	intake         = `screening.start screening.change lead.import lead.import.list lead.import.read lead.import.errors lead.import.template `
)

const forEverybody = `me.read code.read county.list tenant.list`

// Whoever is a member is told things, and reads them.
const forMembers = `tenant.read permission.read notice.list notice.read me.accesses`

func TestPermit_everyRoleByEveryAction(t *testing.T) {
	tried := 0
	for _, role := range mediation.Roles() {
		for _, action := range mediation.Actions() {
			actor := director()
			actor.Roles = []mediation.Role{role}
			want := slices.Contains(strings.Fields(agreed[role]+" "+agreedOnLeads[role]+" "+forEverybody+" "+forMembers), string(action))
			err := mediation.Permit(actor, action)
			if (err == nil) != want {
				t.Errorf("%s %s: %v, want allowed %v", role, action, err, want)
			}
			if err != nil {
				wantCode(t, err, mediation.Forbidden, "role-required")
			}
			if slices.Contains(action.Roles(), role) != (want && !action.Open()) {
				t.Errorf("%s: Roles says %v", action, action.Roles())
			}
			tried++
		}
	}
	t.Logf("%d pairs of role and action", tried)
}

func TestPermit(t *testing.T) {
	t.Run("nobody may do anything, not even what is open", func(t *testing.T) {
		for _, action := range mediation.Actions() {
			wantCode(t, mediation.Permit(mediation.Actor{Roles: mediation.Roles()}, action), mediation.Unauthenticated, "token-required")
		}
	})
	t.Run("an action without a row is forbidden to every role", func(t *testing.T) {
		actor := director()
		actor.Roles = mediation.Roles()
		wantCode(t, mediation.Permit(actor, "case.destroy"), mediation.Forbidden, "role-required")
		if mediation.Action("case.destroy").Known() || mediation.Action("").Open() {
			t.Error("an unknown action is known")
		}
	})
	t.Run("an unknown role gives nothing", func(t *testing.T) {
		actor := director()
		actor.Roles = []mediation.Role{"", "root"}
		wantCode(t, mediation.Permit(actor, mediation.ActionCaseRead), mediation.Forbidden, "role-required")
	})
	t.Run("the words name the unit and the roles that may", func(t *testing.T) {
		actor := director()
		actor.Roles = []mediation.Role{mediation.RoleReader}
		var refusal *mediation.Error
		if !errors.As(mediation.Permit(actor, mediation.ActionCaseAccept), &refusal) {
			t.Fatal("a reader accepted a case")
		}
		if !strings.Contains(refusal.Message, "director") || !strings.Contains(refusal.MessageZH, "调委会主任") || !strings.Contains(refusal.Message, town) {
			t.Errorf("%s / %s", refusal.Message, refusal.MessageZH)
		}
	})
}

// Every row has a place for every role, in one order, so that a column can be read downwards.
func TestPermissions_columns(t *testing.T) {
	const places = "GVMCDJ XIEBLN RA SYU"
	for _, row := range mediation.PermissionRows() {
		if row == "open" {
			continue
		}
		if len(row) != len(places) {
			t.Fatalf("%q has another width than %q", row, places)
		}
		for i, letter := range row {
			if letter != '-' && letter != rune(places[i]) {
				t.Errorf("%q: %c stands in the place of %c", row, letter, places[i])
			}
		}
	}
}

// The three administrators: nobody holds two, and none of them comes near a case, a lead or a party.
func TestRole_apart(t *testing.T) {
	three := []mediation.Role{mediation.RoleSystemAdministrator, mediation.RoleSecurityAdministrator, mediation.RoleAuditAdministrator}
	for _, role := range mediation.Roles() {
		if role.Apart() != slices.Contains(three, role) {
			t.Errorf("%s: apart %v", role, role.Apart())
		}
	}
	for _, action := range mediation.Actions() {
		for _, near := range []string{"case.", "lead.", "county.case", "county.clock", "county.repeat", "clock.", "mediator."} {
			for _, role := range three {
				if strings.HasPrefix(string(action), near) && slices.Contains(action.Roles(), role) {
					t.Errorf("%s may %s", role, action)
				}
			}
		}
	}
	person := func(unit string, roles ...mediation.Role) mediation.Membership {
		return mediation.Membership{Unit: unit, Issuer: "i", Subject: "s", Roles: roles}
	}
	county, clerk := "371621", person(town, mediation.RoleClerk)
	for _, role := range three {
		if _, err := person(county, role).Checked(); err != nil {
			t.Errorf("%s alone: %v", role, err)
		}
		for _, other := range mediation.Roles() {
			if other == role || !other.In(county) {
				continue
			}
			_, err := person(county, role, other).Checked()
			wantCode(t, err, mediation.Invalid, "invalid-member")
			var refusal *mediation.Error
			if !errors.As(err, &refusal) || len(refusal.Fields) != 1 || refusal.Fields[0].Code != "duties-apart" {
				t.Errorf("%s with %s: %v", role, other, err)
			}
		}
		if role.In(town) {
			t.Errorf("%s is held in a town", role)
		}
		wantCode(t, clerk.Apart([]mediation.Membership{person(county, role)}), mediation.Conflict, "duties-apart")
		err := person(county, role).Apart([]mediation.Membership{clerk})
		wantCode(t, err, mediation.Conflict, "duties-apart")
		if !strings.Contains(err.Error(), "clerk in unit "+town) {
			t.Errorf("what is held is not named: %v", err)
		}
		if err := person(county, role).Apart([]mediation.Membership{person(county, mediation.RoleReader)}); err != nil {
			t.Errorf("the row that is replaced stands in the way: %v", err)
		}
		actor := mediation.Actor{Principal: mediation.Principal{Issuer: "i", Subject: "s"}, Roles: []mediation.Role{role}}
		wantCode(t, actor.OwnMembership("i", "s"), mediation.Forbidden, "own-membership")
		if err := actor.OwnMembership("i", "other"); err != nil {
			t.Error(err)
		}
	}
	if err := clerk.Apart([]mediation.Membership{person(county, mediation.RoleReader), person("371621102", mediation.RoleDirector)}); err != nil {
		t.Errorf("ordinary memberships stand side by side: %v", err)
	}
	somebody := person(county, mediation.RoleAuditAdministrator)
	somebody.Subject = "somebody else"
	if err := clerk.Apart([]mediation.Membership{somebody}); err != nil {
		t.Errorf("another person's: %v", err)
	}
}

func TestRole_In(t *testing.T) {
	for role, held := range map[mediation.Role]string{
		mediation.RoleGridWorker: "tenant", mediation.RoleMediator: "tenant", mediation.RoleClerk: "tenant", mediation.RoleDirector: "tenant",
		mediation.RoleJudicialOffice: "tenant", mediation.RoleVillageMediator: "tenant", mediation.RoleLiaison: "tenant",
		mediation.RoleIndustryMediator: "county", mediation.RoleExpert: "tenant county", mediation.RoleLeader: "tenant county", mediation.RoleDispatcher: "county", mediation.RoleBureauSection: "county",
		mediation.RoleReader: "tenant county", mediation.RoleCountyAdministrator: "county", mediation.RoleSystemAdministrator: "county",
		mediation.RoleSecurityAdministrator: "county", mediation.RoleAuditAdministrator: "county", "root": "",
	} {
		for kind, unit := range map[string]string{"tenant": town, "county": "371621", "none": "37"} {
			if got := role.In(unit); got != strings.Contains(held, kind) {
				t.Errorf("%s in a %s: %v", role, kind, got)
			}
		}
	}
}
