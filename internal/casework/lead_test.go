package casework_test

import (
	"sync"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// tip is a lead about two neighbours, found on the day before the tests' first.
func tip(cause string) mediation.LeadReportForm {
	return mediation.LeadReportForm{LeadContent: mediation.LeadContent{
		Source: mediation.LeadFromGrid, Type: "02", Cause: cause, Place: "石庙村东头", FoundAt: mediation.LegalTime(noon.Add(-24 * time.Hour)),
		Parties: []mediation.Party{
			{
				Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三", Phone: "13800001234",
				IdentityType: mediation.IdentityResidentID, IdentityNumber: "371602188506150426",
			},
			{Side: mediation.SideRespondent, Kind: mediation.PartyPerson, Name: "李𠮷"},
		},
	}}
}

func (o *office) lead(form mediation.LeadReportForm) mediation.Lead {
	o.t.Helper()
	l, receipt, err := o.ReportLead(o.ctx(), o.director(), form)
	if err != nil {
		o.t.Fatalf("report: %v", err)
	}
	if !receipt.Created || receipt.ID != string(l.ID) || receipt.Version != 1 {
		o.t.Fatalf("receipt of a report: %+v", receipt)
	}
	return l
}

func TestService_leads(t *testing.T) {
	o := newOffice(t)
	l := o.lead(tip("两家因排水沟争吵"))
	read, err := o.Lead(o.ctx(), o.director(), l.ID)
	if err != nil || read.Cause != l.Cause || read.Version != 1 {
		t.Fatalf("%v %+v", err, read)
	}
}

// plainFiling leaves the draft as the lead gives it, with claims.
func plainFiling(considered ...mediation.ID) casework.LeadFiling {
	return casework.LeadFiling{Considered: considered, Complete: func(draft mediation.Filing) mediation.Filing {
		draft.Claims = "疏通排水沟。"
		return draft
	}}
}

// Many at once make one case of one lead, and leave nothing half done.
func TestService_TurnLeadIntoCase_atOnce(t *testing.T) {
	o := newOffice(t)
	l := o.lead(tip("两家因排水沟争吵"))
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		cases []mediation.ID
	)
	for range 8 {
		wg.Go(func() {
			c, _, err := o.TurnLeadIntoCase(t.Context(), o.director(), l.ID, l.Version, plainFiling())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				cases = append(cases, c.ID)
			} else if kind := mediation.KindOf(err); kind != mediation.Stale && kind != mediation.Conflict {
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	page, err := o.Cases(o.ctx(), o.director(), casework.CaseQuery{})
	if err != nil || len(cases) != 1 || page.Total.Value != 1 {
		t.Fatalf("%d cases answered, %d are there, %v", len(cases), page.Total.Value, err)
	}
	after, err := o.Lead(o.ctx(), o.director(), l.ID)
	if err != nil || after.State != mediation.LeadBecameCase || after.Case != cases[0] || after.Version != 2 {
		t.Errorf("%v %+v", err, after)
	}
	first := o.journal(cases[0])[0]
	if first.Verb != mediation.VerbFile || first.Changes[0].Field != "/leads/"+string(l.ID) || first.Changes[0].After != l.Serial {
		t.Errorf("the case does not say where it comes from: %+v", first)
	}
}

// Somebody who repeats a conversion gets the same case; a full quota leaves lead and registration as they were.
func TestService_TurnLeadIntoCase(t *testing.T) {
	o := newOffice(t)
	l := o.lead(tip("两家因排水沟争吵"))
	t.Run("a full quota refuses", func(t *testing.T) {
		part := o.in(t)
		part.file()
		part.tenant(casework.TenantActive, 1)
		_, _, err := part.TurnLeadIntoCase(part.ctx(), part.director(), l.ID, l.Version, plainFiling())
		wantCode(t, err, mediation.Exhausted, "quota-open-cases")
		if now, err := part.Lead(part.ctx(), part.director(), l.ID); err != nil || now.Version != 1 {
			t.Errorf("%v %+v", err, now)
		}
	})
	o.tenant(casework.TenantActive, 0)
	t.Run("a strong look-alike is named, and must be considered", func(t *testing.T) {
		found, err := o.LeadDuplicates(o.ctx(), o.director(), l.ID)
		if err != nil || len(found) != 1 || found[0].Case == nil || found[0].Parts[0].Code != "same-party" {
			t.Fatalf("%v %+v", err, found)
		}
		same := o.lead(tip("两家因排水沟争吵"))
		_, _, err = o.TurnLeadIntoCase(o.ctx(), o.director(), l.ID, l.Version, plainFiling())
		wantCode(t, err, mediation.Conflict, "possible-duplicates")
		told := o.lead(tip("两家又因排水沟争吵"))
		if _, _, err := o.CloseLead(o.ctx(), o.director(), told.ID, told.Version, mediation.LeadClosing{Reason: mediation.LeadDuplicate, Same: l.ID}); err != nil {
			t.Fatalf("what is closed as saying the same as this lead must not stand in its way: %v", err)
		}
		r := keyed(o.director(), "convert", "body")
		c, receipt, err := o.TurnLeadIntoCase(o.ctx(), r, l.ID, l.Version, plainFiling(same.ID, found[0].ID))
		if err != nil || !receipt.Created || c.Facts != l.Cause || c.Source != mediation.SourceOwnInitiative {
			t.Fatalf("%v %+v", err, c)
		}
		again, receipt, err := o.TurnLeadIntoCase(o.ctx(), r, l.ID, l.Version, plainFiling(same.ID, found[0].ID))
		if err != nil || again.ID != c.ID || !receipt.Replayed {
			t.Errorf("%v %+v", err, receipt)
		}
		_, _, err = o.TurnLeadIntoCase(o.ctx(), o.director(), l.ID, 0, plainFiling())
		wantCode(t, err, mediation.Conflict, "lead-state")
	})
}

// A suspended tenant, a stale version and a lead that is not there are refused alike for every verb.
func TestService_leadVerbsRefuse(t *testing.T) {
	o := newOffice(t)
	l := o.lead(tip("两家因排水沟争吵"))
	c := o.file()
	verbs := map[mediation.LeadVerb]func(id mediation.ID, version int64) error{
		mediation.LeadCorrect: func(id mediation.ID, version int64) error {
			_, _, err := o.CorrectLead(o.ctx(), o.director(), id, version, func(l mediation.Lead) (mediation.LeadCorrection, error) {
				l.Cause = "改"
				return mediation.LeadCorrection{Content: l.LeadContent}, nil
			})
			return err
		},
		mediation.LeadBecomeCase: func(id mediation.ID, version int64) error {
			_, _, err := o.TurnLeadIntoCase(o.ctx(), o.director(), id, version, plainFiling())
			return err
		},
		mediation.LeadJoinCase: func(id mediation.ID, version int64) error {
			_, _, err := o.JoinLead(o.ctx(), o.director(), id, version, c.ID, "")
			return err
		},
		mediation.LeadClose: func(id mediation.ID, version int64) error {
			_, _, err := o.CloseLead(o.ctx(), o.director(), id, version, mediation.LeadClosing{Reason: mediation.LeadNotADispute})
			return err
		},
	}
	for verb, do := range verbs {
		wantCode(t, do(l.ID, 7), mediation.Stale, "stale-version")
		wantCode(t, do(c.ID, 0), mediation.NotFound, "unknown-lead")
		wantCode(t, do("x", 0), mediation.NotFound, "unknown-lead")
		o.tenant(casework.TenantSuspended, 0)
		wantCode(t, do(l.ID, 0), mediation.Conflict, "tenant-suspended")
		o.tenant(casework.TenantActive, 0)
		if now, err := o.Lead(o.ctx(), o.director(), l.ID); err != nil || now.Version != 1 {
			t.Errorf("%s left something: %v %+v", verb, err, now)
		}
	}
	_, _, err := o.JoinLead(o.ctx(), o.director(), l.ID, 0, l.ID, "")
	wantCode(t, err, mediation.Invalid, "invalid-conversion")
	wantField(t, err, "/case", "unknown-case")
}
