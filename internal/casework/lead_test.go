package casework_test

import (
	"testing"
	"time"

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
