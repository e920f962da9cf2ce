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
	mediation.RoleCountyAdministrator: `tenant.read member.list member.put member.remove case.list clock.list case.read case.journal case.actions
		county.read county.repeat-party.list county.tenant.list county.case.list county.clock.list county.member.list county.member.put county.member.remove county.member.leave county.repeat-party.reveal
		county.organisation.list county.mediator.list county.staffing.read organisation.decide mediator.decide reference.read reference.preview county.reference.read county.reference.put county.reference.preview audit.list county.audit.list ` + registering + appointing + self + looking,
	mediation.RoleDirector: `audit.list tenant.read member.list member.put member.remove case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal
		case.correct case.accept case.refuse case.withdraw case.actions ` + recording + deciding + concluding + keeping + `case.suggest ` + registering + appointing + self + looking,
	mediation.RoleClerk: `tenant.read member.list case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal case.correct case.withdraw case.actions ` +
		recording + keeping + `case.suggest ` + registering + self + looking,
	mediation.RoleMediator: `tenant.read member.list case.file case.list clock.list case.read case.names case.reveal case.accesses case.print case.journal case.correct case.withdraw case.actions ` +
		recording + concluding + self + looking,
	mediation.RoleReader: `tenant.read member.list case.list clock.list case.read case.journal case.actions county.read county.repeat-party.list county.tenant.list county.case.list county.clock.list county.member.list
		county.organisation.list county.mediator.list county.staffing.read reference.read county.reference.read ` + looking,
	mediation.RoleGridWorker: `tenant.read`,
}

// What the roles of a tenant do to a case at work: who takes things down, who decides, who brings mediation to its end,
// who keeps the files.
const (
	recording = `reference.read case.classify case.grade case.assess case.recuse case.investigate case.convene case.cancel-meeting case.mediate case.report-danger case.settle-danger
		case.acknowledge-referral case.report-referral case.apply-confirmation case.decide-confirmation case.perform case.breach
		case.urge case.visit case.put-on-file case.attach case.attachment.fetch case.attachment.link `
	deciding   = `member.hand-over reference.put reference.preview case.override-grade case.override-risk case.assign case.reassign case.extend case.transfer case.take-back case.close case.reopen case.merge case.absorb case.split notice.deliveries notice.retry `
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
const forMembers = `notice.list notice.read me.accesses`

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
