package mediation_test

import (
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func met(state mediation.State, meetings ...mediation.Meeting) mediation.Case {
	return mediation.Case{State: state, Source: mediation.SourceApplication, Facts: "事实", Claims: "诉求", Meetings: meetings,
		Parties: []mediation.Party{{ID: "a", Kind: mediation.PartyPerson, Name: "张三", IdentityNumber: "x", Phone: "1", Address: "村"}}}
}

func meeting(number int, status mediation.MeetingStatus, day int) mediation.Meeting {
	return mediation.Meeting{Number: number, Status: status, StartedAt: time.Date(2026, 11, day, 1, 0, 0, 0, time.UTC)}
}

// list writes the papers of a case: form, meeting, and what is missing.
func list(c mediation.Case) string {
	var all []string
	for _, d := range c.Documents() {
		text := string(d.Form)
		if d.Meeting > 0 {
			text += string(rune('0' + d.Meeting))
		}
		for _, gap := range d.Missing {
			text += "!" + gap.Code
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func TestCase_Documents(t *testing.T) {
	held, planned, cancelled := mediation.MeetingHeld, mediation.MeetingPlanned, mediation.MeetingCancelled
	referred := met("registered")
	referred.Source = mediation.SourceReferral
	agreed := met("closed", meeting(1, held, 1))
	agreed.Agreement = &mediation.Agreement{Form: mediation.AgreementWritten}
	cases := map[string]struct {
		reason string
		c      mediation.Case
		want   string
	}{
		"just filed": {"no meeting, no agreement: both say what they wait for", met("pending-acceptance"),
			"application register rights-notice mediation-record!no-meeting agreement!no-agreement cover"},
		"by referral": {"nobody applied: the register stands in", referred,
			"application!not-by-application register rights-notice mediation-record!no-meeting agreement!no-agreement cover"},
		"mediating": {"each meeting but the cancelled has its record; the agreement can be printed to be signed",
			met(mediation.StateMediating, meeting(1, held, 1), meeting(2, cancelled, 2), meeting(3, planned, 3)),
			"application register rights-notice mediation-record1 mediation-record3 agreement cover"},
		"only arranged": {"nothing was agreed at a meeting that is still to come", met(mediation.StateMediating, meeting(1, planned, 1)),
			"application register rights-notice mediation-record1 agreement!no-agreement cover"},
		"failed": {"there is nothing to agree any more", met("failed", meeting(1, held, 1)),
			"application register rights-notice mediation-record1 agreement!no-agreement cover"},
		"agreed": {"an agreement is printed in every later state", agreed, "application register rights-notice mediation-record1 agreement cover"},
	}
	for name, try := range cases {
		t.Run(name, func(t *testing.T) {
			if got := list(try.c); got != try.want {
				t.Errorf("%s: %s\nwant %s", try.reason, got, try.want)
			}
		})
	}
}

func TestCase_Documents_blanks(t *testing.T) {
	c := met("pending-acceptance")
	c.Facts, c.Claims = "", ""
	c.Parties = append(c.Parties, mediation.Party{Kind: mediation.PartyOrganisation, Name: "公司"})
	var pointers []string
	for _, gap := range c.Documents()[0].Blanks {
		pointers = append(pointers, gap.Pointer)
		if gap.ZH == "" || gap.EN == "" || strings.Contains(gap.ZH, "公司") {
			t.Errorf("%+v: in both languages, and without names", gap)
		}
	}
	want := "/facts /claims /parties/0/sex /parties/0/ethnicity /parties/0/bornOn /parties/0/occupation " +
		"/parties/1/identityNumber /parties/1/phone /parties/1/address /parties/1/legalRepresentative /parties/1/occupation"
	if got := strings.Join(pointers, " "); got != want {
		t.Errorf("blank %s, want %s", got, want)
	}
	for _, d := range met("registered").Documents() {
		if d.Form == mediation.DocumentCover && len(d.Blanks) != 1 {
			t.Errorf("the cover of an unbound file: %+v", d.Blanks)
		}
	}
}

func TestCase_Document(t *testing.T) {
	held, planned, cancelled := mediation.MeetingHeld, mediation.MeetingPlanned, mediation.MeetingCancelled
	c := met(mediation.StateMediating, meeting(1, held, 5), meeting(2, held, 3), meeting(3, cancelled, 6), meeting(4, planned, 9))
	find := func(c mediation.Case, form mediation.DocumentForm, number int) (mediation.Document, error) {
		d, err := c.Document(form, number)
		return d, err
	}
	if d, err := find(c, mediation.DocumentMediationRecord, 0); err != nil || d.Meeting != 1 {
		t.Errorf("without a number it is the meeting that was held last: %+v %v", d, err)
	}
	if d, err := find(met(mediation.StateMediating, meeting(1, planned, 9)), mediation.DocumentMediationRecord, 0); err != nil || d.Meeting != 1 || len(d.Blanks) != 1 {
		t.Errorf("or else the one that is arranged, with a blank body: %+v %v", d, err)
	}
	for number, want := range map[int]bool{1: true, 2: true, 3: false, 4: true, 5: false} {
		_, err := find(c, mediation.DocumentMediationRecord, number)
		if (err == nil) != want {
			t.Errorf("record of meeting %d: %v", number, err)
		}
		if err != nil {
			wantCode(t, err, mediation.NotFound, "unknown-document")
		}
	}
	_, err := find(c, "receipt", 0)
	wantCode(t, err, mediation.NotFound, "unknown-document")
	_, err = find(c, mediation.DocumentCover, 1)
	wantCode(t, err, mediation.NotFound, "unknown-document")
	_, err = find(met("registered"), mediation.DocumentMediationRecord, 0)
	wantCode(t, err, mediation.Conflict, "document-incomplete")
	_, err = find(met("registered"), mediation.DocumentAgreement, 0)
	wantCode(t, err, mediation.Conflict, "document-incomplete")
	c.Agreement = &mediation.Agreement{Form: mediation.AgreementOral}
	if d, err := find(c, mediation.DocumentAgreement, 0); err != nil || d.ZH != "人民调解口头协议登记表" {
		t.Errorf("an oral agreement has a register of its own: %+v %v", d, err)
	}
}

func TestCase_InnerIndex(t *testing.T) {
	c := met("closed")
	c.Papers = []mediation.Paper{{Number: 1, Kind: "evidence", Title: "照片", Pages: 3}, {Number: 2, Kind: "rights-notice", Title: "告知书", Pages: 1},
		{Number: 3, Kind: "evidence", Title: "重复", Pages: 1, Removed: "重复"}}
	lines, pages := c.InnerIndex()
	if len(lines) != 2 || pages != 4 || lines[0].Title != "告知书" || lines[1].From != 2 {
		t.Errorf("before archiving it is what is on file, in the order of the file: %+v, %d pages", lines, pages)
	}
	c.Volume = &mediation.Volume{Index: lines[:1], Pages: 1}
	if bound, pages := c.InnerIndex(); len(bound) != 1 || pages != 1 {
		t.Errorf("afterwards what was bound: %+v", bound)
	}
}

// TestPrint_isForThoseWhoMayReveal: a paper shows everybody unmasked.
func TestPrint_isForThoseWhoMayReveal(t *testing.T) {
	print, reveal := mediation.ActionCasePrint.Roles(), mediation.ActionCaseNames.Roles()
	if len(print) != len(reveal) {
		t.Fatalf("print %v, reveal %v", print, reveal)
	}
	for i := range print {
		if print[i] != reveal[i] {
			t.Errorf("print %v, reveal %v", print, reveal)
		}
	}
}
