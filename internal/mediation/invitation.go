package mediation

import (
	"slices"
	"time"
)

const (
	maxInvitations = 50
	maxInvitedDays = 366
)

// Invitation lets somebody see a case for a time: an expert whose advice is wanted, a leader who answers for it, a colleague
// whom a restricted case would otherwise be closed to. What they may do there their roles say.
type Invitation struct {
	Issuer    string    `json:"issuer,omitempty"`
	Subject   string    `json:"subject"`
	Name      string    `json:"name,omitempty"`
	Purpose   string    `json:"purpose"`
	Until     string    `json:"until"` // last day, 2006-01-02 in Asia/Shanghai
	By        string    `json:"by"`    // subject of who invited
	InvitedAt time.Time `json:"invitedAt"`
}

func (i Invitation) is(p Principal) bool {
	return i.Subject != "" && i.Issuer == p.Issuer && i.Subject == p.Subject
}

// Invited tells whether an invitation of the person holds on the day; without a day none does.
func (c Case) Invited(p Principal, day string) bool {
	return day != "" && slices.ContainsFunc(c.Invitations, func(i Invitation) bool { return i.is(p) && i.Until >= day })
}

// Invite gives somebody sight of the case until a day, at most a year ahead. Who is invited already has the new term.
func (c Case) Invite(invitation Invitation, act Act) (Case, Entry, error) {
	if err := c.ready(VerbInvite, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	invitation.Issuer = check.text("/issuer", invitation.Issuer, 1, maxSubject, oneLine)
	invitation.Subject = check.text("/subject", invitation.Subject, 1, maxSubject, oneLine)
	invitation.Name = check.text("/name", invitation.Name, 0, maxName, oneLine)
	invitation.Purpose = check.text("/purpose", invitation.Purpose, 1, maxNote, manyLines)
	first, last := LegalDay(act.At), LegalDay(act.At.AddDate(0, 0, maxInvitedDays))
	if _, err := time.Parse(time.DateOnly, invitation.Until); err != nil || invitation.Until < first || invitation.Until > last {
		check.fail("/until", "out-of-range", "Give a day from today to a year ahead.", "请填写今天起一年以内的日期。")
	}
	who := Principal{Issuer: invitation.Issuer, Subject: invitation.Subject}
	if c.Recused(who) {
		check.fail("/subject", "recused", "This person is recused from the case.", "该人员应当回避本案。")
	}
	at := slices.IndexFunc(c.Invitations, func(i Invitation) bool { return i.is(who) })
	if at < 0 && len(c.Invitations) >= maxInvitations {
		check.fail("/subject", "too-many", "A case has at most 50 invitations: end some first.", "每案最多邀请 50 人，请先结束部分邀请。")
	}
	if err := check.err("invalid-invitation", "The invitation breaks a rule.", "邀请不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	invitation.By, invitation.InvitedAt = act.By.Subject, act.At
	changed, change := c.clone(), Change{Field: "/invitations", After: encoded(invitation)}
	changed.Invitations = slices.Clone(c.Invitations)
	if at < 0 {
		changed.Invitations = append(changed.Invitations, invitation)
	} else {
		change.Before, changed.Invitations[at] = encoded(c.Invitations[at]), invitation
	}
	return changed.move(VerbInvite, act, invitation.Purpose, []Change{change})
}

// Uninviting ends an invitation.
type Uninviting struct {
	Issuer  string
	Subject string
	Reason  string
}

// Uninvite ends an invitation at once.
func (c Case) Uninvite(ending Uninviting, act Act) (Case, Entry, error) {
	if err := c.ready(VerbUninvite, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	ending.Reason = check.text("/reason", ending.Reason, 1, maxNote, manyLines)
	at := slices.IndexFunc(c.Invitations, func(i Invitation) bool {
		return i.is(Principal{Issuer: ending.Issuer, Subject: ending.Subject})
	})
	if at < 0 {
		check.fail("/subject", "not-invited", "This person is not invited to the case.", "该人员未受邀参与本案。")
	}
	if err := check.err("invalid-invitation", "The invitation breaks a rule.", "邀请不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Invitations = slices.Delete(slices.Clone(c.Invitations), at, at+1)
	if len(changed.Invitations) == 0 {
		changed.Invitations = nil
	}
	return changed.move(VerbUninvite, act, ending.Reason, []Change{{Field: "/invitations", Before: encoded(c.Invitations[at])}})
}

func invitedSomebody(c Case, _ time.Time) []FieldError {
	if len(c.Invitations) > 0 {
		return nil
	}
	return gap("/invitations", "nobody-invited", "Nobody is invited to the case.", "本案没有受邀人员。")
}
