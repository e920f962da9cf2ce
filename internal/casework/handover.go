package casework

import (
	"context"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// handOverWithin is after how long a call stops before the next case, so that it ends well within a request's time.
const handOverWithin = 15 * time.Second

// HandOver says whose open cases go to whom.
type HandOver struct {
	Leaver    mediation.Principal
	Successor mediation.Mediator // by the registry's id, or by the login of a member
	Reason    string
}

// HandedOver is what became of a leaver's open cases.
type HandedOver struct {
	Done []mediation.Case
	Kept []KeptCase
	// More: the call ended before the last case; the same call again goes on.
	More bool
}

// KeptCase is a case that stayed with the leaver, and why.
type KeptCase struct {
	Case mediation.Case
	Why  error
}

// HandOverCases puts a successor in a leaver's place in every open case, each in a transaction of its own by the verb
// reassign, with all that it checks: recusals and conflicts of interest bind, and a case that cannot be handed over is
// told with the reason. Done again it finds only what is left; it goes on where a call before was cut off.
func (s *Service) HandOverCases(ctx context.Context, r Request, order HandOver) (HandedOver, Receipt, error) {
	if err := s.permit(r, mediation.ActionMemberHandOver); err != nil {
		return HandedOver{}, Receipt{}, err
	}
	order, err := order.checked()
	if err != nil {
		return HandedOver{}, Receipt{}, err
	}
	if order.Successor, err = s.successor(ctx, order.Successor); err != nil {
		return HandedOver{}, Receipt{}, err
	}
	began, id := time.Now(), order.Leaver.ID()
	receipt, err := s.store.Write(ctx, r.Key, func(ctx context.Context, tx Tx) (Receipt, error) {
		entry := s.audited(r, mediation.ActionMemberHandOver, mediation.AuditObject{Kind: "member", ID: id})
		entry.Reason = order.Reason
		return Receipt{ID: id}, tx.RecordAudit(ctx, entry)
	})
	if err != nil {
		return HandedOver{}, Receipt{}, err
	}
	handed, err := s.handOver(ctx, Request{Actor: r.Actor}, order, began.Add(handOverWithin))
	return handed, receipt, err
}

func (o HandOver) checked() (HandOver, error) {
	var fields []mediation.FieldError
	fail := func(pointer, code, en, zh string) {
		fields = append(fields, mediation.FieldError{Pointer: pointer, Code: code, Message: en, MessageZH: zh})
	}
	to := o.Successor
	if to.ID == "" && (to.Issuer == "" || to.Subject == "") {
		fail("/successor", "person-required", "Name the successor by the registry's id, or by issuer and subject.", "请填写接替人员的名册标识，或者登录签发方和账号。")
	}
	if to.Subject != "" && to.Issuer == o.Leaver.Issuer && to.Subject == o.Leaver.Subject {
		fail("/successor", "same-person", "Nobody takes their own place.", "接替人员不能是离任人员本人。")
	}
	if o.Reason = strings.TrimSpace(o.Reason); o.Reason == "" {
		fail("/reason", "required", "Say why: it goes into the journal of every case.", "请填写原因，将记入每个案件的日志。")
	}
	if len(fields) > 0 {
		return o, errHandOver(fields...)
	}
	return o, nil
}

func errHandOver(fields ...mediation.FieldError) error {
	return mediation.Fail(mediation.Invalid, "invalid-hand-over", "The hand-over breaks a rule.", "案件移交不符合规定。").WithFields(fields...)
}

// successor fills in the name of a member. Somebody who is named by login alone must be a member in force who may mediate;
// a mediator of the registry is looked at with each case, as when one is assigned.
func (s *Service) successor(ctx context.Context, to mediation.Mediator) (mediation.Mediator, error) {
	if to.ID != "" {
		return to, nil
	}
	m, err := s.member(ctx, to.Issuer, to.Subject)
	if err != nil && mediation.KindOf(err) != mediation.NotFound {
		return to, err
	}
	if err != nil || m.InForce(s.today()) != nil || !mayMediate(m) {
		return to, errHandOver(mediation.FieldError{Pointer: "/successor/subject", Code: "no-working-member",
			Message: "Name a member of this unit who is in force and may mediate.", MessageZH: "请填写本单位在任且可以从事调解的成员。"})
	}
	if to.Name == "" {
		to.Name = m.Name
	}
	if to.Name == "" {
		to.Name = m.Subject
	}
	return to, nil
}

// handOver goes through the leaver's open cases, the latest filed first, until it is time to answer.
func (s *Service) handOver(ctx context.Context, r Request, order HandOver, until time.Time) (HandedOver, error) {
	var handed HandedOver
	query, err := CaseQuery{Mediator: order.Leaver, Limit: mediation.MaximumLimit}.Checked()
	for err == nil {
		var page CasePage
		if page, err = s.store.ListCases(ctx, query); err != nil {
			break
		}
		for _, listed := range page.Cases {
			if time.Now().After(until) {
				handed.More = true
				return handed, nil
			}
			if err = s.handOverOne(ctx, r, order, listed, &handed); err != nil {
				return handed, err
			}
		}
		if query.After = page.Next; page.Next == nil {
			return handed, nil
		}
	}
	return handed, err
}

// handOverOne fails only for what has nothing to do with this case: what was done stands, and the same call goes on.
func (s *Service) handOverOne(ctx context.Context, r Request, order HandOver, listed mediation.Case, handed *HandedOver) error {
	if !listed.Open() {
		return nil
	}
	changed, _, err := s.change(ctx, r, mediation.VerbReassign, listed.ID, 0, s.succession(order))
	switch mediation.KindOf(err) {
	case mediation.Invalid, mediation.Conflict, mediation.Forbidden, mediation.NotFound:
		handed.Kept = append(handed.Kept, KeptCase{Case: shown(r, listed), Why: err})
	default:
		if err != nil {
			return err
		}
		handed.Done = append(handed.Done, changed)
	}
	return nil
}

// succession is the verb reassign with what the case, once locked, says of who mediates it.
func (s *Service) succession(order HandOver) verb {
	return func(ctx context.Context, tx Tx, c mediation.Case, t Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
		assignment, mediates := c.Succession(order.Leaver, order.Successor, order.Reason)
		if !mediates {
			return c, mediation.Entry{}, nil // somebody else just did it
		}
		return s.assigning(mediation.VerbReassign, assignment, mediation.Case.Reassign)(ctx, tx, c, t, act)
	}
}
