package httpapi

import (
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// LeadView is a lead as its township sees it. Who may not see whom it is about gets reporter and parties masked.
type LeadView struct {
	ID         string           `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Tenant     string           `json:"tenant" example:"371621101"`
	Version    int64            `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	State      LeadStateCode    `json:"state" example:"reported"`
	Serial     string           `json:"serial" example:"371621101-L2026-000001" doc:"线索编号"`
	Source     LeadSourceCode   `json:"source" example:"grid"`
	Type       string           `json:"type,omitempty" example:"02" doc:"A code of the list dispute-types; absent while it is not clear."`
	Cause      string           `json:"cause" example:"两家因排水沟争吵"`
	Place      string           `json:"place,omitempty" example:"某村东头"`
	PlaceCode  string           `json:"placeCode,omitempty" example:"371621001001" doc:"12-digit statistical division code."`
	Point      *PointView       `json:"point,omitempty"`
	FoundAt    time.Time        `json:"foundAt" example:"2026-11-23T08:00:00+08:00"`
	OccurredOn string           `json:"occurredOn,omitempty" format:"date" example:"2026-11-20"`
	Reporter   ReporterView     `json:"reporter"`
	People     int              `json:"people,omitempty" example:"4"`
	Tags       []string         `json:"tags" nullable:"false" example:"排水,邻里"`
	Parties    []LeadPartyView  `json:"parties" nullable:"false" doc:"As far as they are known."`
	Round      string           `json:"round,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c62" doc:"The screening round that found it."`
	Grid       string           `json:"grid,omitempty" example:"371621101-003"`
	Case       string           `json:"case,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e" doc:"The case that it became or joined."`
	Considered []string         `json:"considered,omitempty" nullable:"false" example:"[\"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c61\"]" doc:"Look-alikes that were seen and found to be something else."`
	Closing    *LeadClosingView `json:"closing,omitempty"`
	ReportedAt time.Time        `json:"reportedAt" example:"2026-11-23T08:00:00+08:00"`
	ReportedBy string           `json:"reportedBy" example:"zhang" doc:"Subject of whoever entered it."`
	UpdatedAt  time.Time        `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
	EndedAt    *time.Time       `json:"endedAt,omitempty" example:"2026-12-18T16:00:00+08:00"`
}

// PointView is a place on earth.
type PointView struct {
	Longitude float64 `json:"longitude" example:"117.5"`
	Latitude  float64 `json:"latitude" example:"37.5"`
}

// PointInput is a place on earth in degrees, CGCS2000 or WGS 84.
type PointInput struct {
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180" example:"117.5"`
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90" example:"37.5"`
}

// ReporterView is who found or told it.
type ReporterView struct {
	Name  string `json:"name,omitempty" example:"王某"`
	Phone string `json:"phone,omitempty" example:"13800001234"`
}

// ReporterInput is who found or told it. Whoever wants to stay unnamed leaves it out.
type ReporterInput struct {
	Name  string `json:"name,omitempty" maxLength:"100" example:"王某"`
	Phone string `json:"phone,omitempty" maxLength:"32" example:"13800001234"`
}

// LeadClosingView is why a lead ended without a case.
type LeadClosingView struct {
	Reason LeadClosingCode `json:"reason" example:"settled-on-the-spot"`
	Note   string          `json:"note,omitempty" example:"双方握手言和。"`
	Same   string          `json:"same,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c61" doc:"The lead that says the same."`
}

// LeadPartyView is a person or an organisation of whom a lead tells.
type LeadPartyView struct {
	ID string `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f"`
	LeadPartyFields
}

// LeadPartyInput is a party of a lead: with an id of the lead it is that party, without one it is new.
type LeadPartyInput struct {
	ID string `json:"id,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Of a party of this lead, in corrections."`
	LeadPartyFields
}

// LeadPartyFields is what may be known of a party of a lead.
type LeadPartyFields struct {
	Side                string       `json:"side,omitempty" enum:"applicant,respondent" example:"respondent" doc:"Left out while nobody has applied."`
	Kind                PartyCode    `json:"kind" example:"person"`
	Name                string       `json:"name" minLength:"1" maxLength:"100" example:"张三"`
	IdentityType        IdentityCode `json:"identityType,omitempty" example:"resident-id"`
	IdentityNumber      string       `json:"identityNumber,omitempty" maxLength:"64" example:"990101198001010014" doc:"Checked by GB 11643 (resident-id) and GB 32100 (uscc)."`
	IdentityOverride    string       `json:"identityOverride,omitempty" maxLength:"300" example:"与营业执照一致" doc:"Why a uscc that fails its check is right all the same."`
	Sex                 SexCode      `json:"sex,omitempty" example:"male" doc:"Persons only."`
	Phone               string       `json:"phone,omitempty" maxLength:"32" example:"13800001234"`
	Address             string       `json:"address,omitempty" maxLength:"300" example:"惠民县孙武街道某村"`
	LegalRepresentative string       `json:"legalRepresentative,omitempty" maxLength:"100" example:"李四" doc:"Organisations only."`
	PartyDetails
}

func (p LeadPartyInput) party() mediation.Party {
	whole := PartyInput{Side: SideCode(p.Side), Kind: p.Kind, Name: p.Name, IdentityType: p.IdentityType, IdentityNumber: p.IdentityNumber,
		IdentityOverride: p.IdentityOverride, Sex: p.Sex, Phone: p.Phone, Address: p.Address, LegalRepresentative: p.LegalRepresentative, PartyDetails: p.PartyDetails}
	return whole.party(p.ID)
}

func leadPartyView(p mediation.Party) LeadPartyView {
	return LeadPartyView{ID: string(p.ID), LeadPartyFields: LeadPartyFields{
		Side: string(p.Side), Kind: PartyCode(p.Kind), Name: p.Name, IdentityType: IdentityCode(p.IdentityType), IdentityNumber: p.IdentityNumber,
		IdentityOverride: p.IdentityOverride, Sex: SexCode(p.Sex), Phone: p.Phone, Address: p.Address, LegalRepresentative: p.LegalRepresentative,
		PartyDetails: partyDetails(p),
	}}
}

func leadView(l mediation.Lead) LeadView {
	view := LeadView{
		ID: string(l.ID), Tenant: l.Tenant, Version: l.Version, State: LeadStateCode(l.State), Serial: l.Serial, Source: LeadSourceCode(l.Source),
		Type: string(l.Type), Cause: l.Cause, Place: l.Place, PlaceCode: l.PlaceCode, FoundAt: legal(l.FoundAt), OccurredOn: l.OccurredOn,
		Reporter: ReporterView{l.Reporter.Name, l.Reporter.Phone}, People: l.People, Tags: append([]string{}, l.Tags...),
		Parties: views(l.Parties, leadPartyView), Round: string(l.Round), Grid: l.Grid, Case: string(l.Case), Considered: textsOf(l.Considered),
		ReportedAt: legal(l.ReportedAt), ReportedBy: l.ReportedBy, UpdatedAt: legal(l.UpdatedAt), EndedAt: legalPointer(l.EndedAt),
	}
	if l.Point != nil {
		view.Point = &PointView{l.Point.Longitude, l.Point.Latitude}
	}
	if l.Closing != nil {
		view.Closing = &LeadClosingView{LeadClosingCode(l.Closing.Reason), l.Closing.Note, string(l.Closing.Same)}
	}
	return view
}

// LeadInput is a lead as it is reported.
type LeadInput struct {
	Source     LeadSourceCode   `json:"source" example:"grid"`
	Type       DisputeCode      `json:"type,omitempty" example:"02" doc:"Left out while it is not clear."`
	Cause      string           `json:"cause" minLength:"1" maxLength:"20000" example:"两家因排水沟争吵，尚未动手。" doc:"What it is about, in the reporter's words."`
	Place      string           `json:"place,omitempty" maxLength:"300" example:"某村东头" doc:"In words, by code or by point: one of them is needed."`
	PlaceCode  string           `json:"placeCode,omitempty" maxLength:"12" example:"371621001001" doc:"12-digit statistical division code."`
	Point      *PointInput      `json:"point,omitempty"`
	FoundAt    time.Time        `json:"foundAt" example:"2026-11-20T09:30:00+08:00" doc:"When it was found or told."`
	OccurredOn string           `json:"occurredOn,omitempty" format:"date" example:"2026-11-19" doc:"When the quarrel began."`
	Reporter   *ReporterInput   `json:"reporter,omitempty" doc:"Left out for the committee's own people: whoever enters it."`
	People     int              `json:"people,omitempty" minimum:"0" maximum:"1000000" example:"4"`
	Tags       []string         `json:"tags,omitempty" nullable:"false" maxItems:"20" example:"排水,邻里"`
	Parties    []LeadPartyInput `json:"parties,omitempty" nullable:"false" maxItems:"200"`
	Round      string           `json:"round,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c62" doc:"The screening round that found it; its grid is needed then."`
	Grid       string           `json:"grid,omitempty" maxLength:"32" example:"371621101-003"`
}

func (in LeadInput) form() mediation.LeadReportForm {
	form := mediation.LeadReportForm{
		Round: mediation.ID(in.Round), Grid: in.Grid,
		LeadContent: mediation.LeadContent{
			Source: mediation.LeadSource(in.Source), Type: mediation.DisputeType(in.Type), Cause: in.Cause, Place: in.Place, PlaceCode: in.PlaceCode,
			Point: in.Point.point(), FoundAt: stored(in.FoundAt), OccurredOn: in.OccurredOn, People: in.People, Tags: slices.Clone(in.Tags),
		},
	}
	if in.Reporter != nil {
		form.Reporter = mediation.Reporter{Name: in.Reporter.Name, Phone: in.Reporter.Phone}
	}
	for _, p := range in.Parties {
		form.Parties = append(form.Parties, p.party())
	}
	return form
}

func (p *PointInput) point() *mediation.Point {
	if p == nil {
		return nil
	}
	return &mediation.Point{Longitude: p.Longitude, Latitude: p.Latitude}
}

// stored is a moment as the database keeps it.
func stored(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return legal(at)
}

// LeadPatch is a JSON merge patch (RFC 7396) of a lead. Parties, like every list, are replaced whole.
type LeadPatch struct {
	Source     Optional[LeadSourceCode]   `json:"source,omitzero" nullable:"false"`
	Type       Optional[DisputeCode]      `json:"type,omitzero" nullable:"true"`
	Cause      Optional[string]           `json:"cause,omitzero" nullable:"false" minLength:"1" maxLength:"20000" example:"两家因排水沟争吵"`
	Place      Optional[string]           `json:"place,omitzero" maxLength:"300" nullable:"true" example:"某村东头"`
	PlaceCode  Optional[string]           `json:"placeCode,omitzero" maxLength:"12" nullable:"true" example:"371621001001"`
	Point      Optional[PointInput]       `json:"point,omitzero" nullable:"true"`
	FoundAt    Optional[time.Time]        `json:"foundAt,omitzero" nullable:"false" example:"2026-11-20T09:30:00+08:00"`
	OccurredOn Optional[string]           `json:"occurredOn,omitzero" format:"date" nullable:"true" example:"2026-11-01"`
	Reporter   Optional[ReporterInput]    `json:"reporter,omitzero" nullable:"true" doc:"Replaced whole."`
	People     Optional[int]              `json:"people,omitzero" minimum:"0" maximum:"1000000" nullable:"true"`
	Tags       Optional[[]string]         `json:"tags,omitzero" maxItems:"20" nullable:"true" example:"排水,邻里"`
	Parties    Optional[[]LeadPartyInput] `json:"parties,omitzero" maxItems:"200" nullable:"true"`
	Reason     string                     `json:"reason,omitempty" maxLength:"2000" example:"地点有误" doc:"Why, for the journal."`
}

// correction puts the patch onto the lead.
func (in LeadPatch) correction(l mediation.Lead) (mediation.LeadCorrection, error) {
	content := l.LeadContent
	onto(&content.Source, in.Source, func(code LeadSourceCode) mediation.LeadSource { return mediation.LeadSource(code) })
	onto(&content.Type, in.Type, func(code DisputeCode) mediation.DisputeType { return mediation.DisputeType(code) })
	onto(&content.Cause, in.Cause, same)
	onto(&content.Place, in.Place, same)
	onto(&content.PlaceCode, in.PlaceCode, same)
	onto(&content.Point, in.Point, func(p PointInput) *mediation.Point { return p.point() })
	onto(&content.FoundAt, in.FoundAt, stored)
	onto(&content.OccurredOn, in.OccurredOn, same)
	onto(&content.Reporter, in.Reporter, func(r ReporterInput) mediation.Reporter { return mediation.Reporter{Name: r.Name, Phone: r.Phone} })
	onto(&content.People, in.People, func(n int) int { return n })
	onto(&content.Tags, in.Tags, func(tags []string) []string { return tags })
	onto(&content.Parties, in.Parties, func(given []LeadPartyInput) []mediation.Party {
		parties := []mediation.Party{}
		for _, p := range given {
			parties = append(parties, p.party())
		}
		return parties
	})
	var fields []mediation.FieldError
	for _, field := range []struct {
		name string
		null bool
	}{{"source", in.Source.Null}, {"cause", in.Cause.Null}, {"foundAt", in.FoundAt.Null}} {
		if field.null {
			fields = append(fields, mediation.FieldError{Pointer: "/" + field.name, Code: "required",
				Message: "every lead has this: it cannot be cleared", MessageZH: "此项必填，不能清除"})
		}
	}
	if len(fields) > 0 {
		return mediation.LeadCorrection{}, mediation.Fail(mediation.Invalid, "invalid-lead", "The corrected lead would break a rule.",
			"更正后的线索不符合规定。").WithFields(fields...)
	}
	return mediation.LeadCorrection{Content: content, Reason: in.Reason}, nil
}

func same(text string) string { return text }

// onto sets a field to what a patch says: null clears it, absent leaves it.
func onto[F, V any](field *F, member Optional[V], read func(V) F) {
	switch {
	case !member.Set:
	case member.Null:
		var empty F
		*field = empty
	default:
		*field = read(member.Value)
	}
}

// LeadEntryView is one line of a lead's journal.
type LeadEntryView struct {
	ID        string        `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71"`
	At        time.Time     `json:"at" example:"2026-11-23T08:00:00+08:00"`
	Issuer    string        `json:"issuer" example:"https://id.example"`
	Subject   string        `json:"subject" example:"zhang"`
	ActorName string        `json:"actorName,omitempty" example:"张三"`
	Roles     []RoleCode    `json:"roles" nullable:"false" doc:"The roles they acted with."`
	Verb      LeadVerbCode  `json:"verb" example:"report"`
	From      string        `json:"from,omitempty" example:"reported" doc:"State before; absent for the first entry."`
	To        LeadStateCode `json:"to" example:"became-case"`
	Version   int64         `json:"version" example:"2"`
	Changes   []ChangeView  `json:"changes" nullable:"false"`
	Reason    string        `json:"reason,omitempty" example:"地点录入有误"`
}

func leadEntryView(e mediation.LeadEntry) LeadEntryView {
	return LeadEntryView{
		ID: string(e.ID), At: legal(e.At), Issuer: e.Actor.Issuer, Subject: e.Actor.Subject, ActorName: e.Actor.Name, Roles: roleCodes(e.Actor.Roles),
		Verb: LeadVerbCode(e.Verb), From: string(e.From), To: LeadStateCode(e.To), Version: e.Version, Changes: views(e.Changes, changeView), Reason: e.Reason,
	}
}

func changeView(change mediation.Change) ChangeView {
	return ChangeView{Field: change.Field, Before: change.Before, After: change.After}
}

// LeadActionView is one thing that can be done to a lead: whether the caller may do it now, and what is missing.
type LeadActionView struct {
	Verb      LeadVerbCode  `json:"verb" example:"close"`
	Label     string        `json:"label" example:"Close" doc:"In the language of Content-Language, like message."`
	Operation string        `json:"operation" example:"close-lead" doc:"operationId of the operation that does it."`
	Method    string        `json:"method" example:"POST"`
	Path      string        `json:"path" example:"/v1/tenants/371621101/leads/01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e/close" doc:"Where it is done."`
	Allowed   bool          `json:"allowed" example:"false"`
	Missing   []MissingView `json:"missing" nullable:"false" doc:"Empty when allowed."`
	Ahead     []MissingView `json:"ahead" nullable:"false" doc:"What the lead does not say and the request must: for become-case the parties, their sides, the type. Pointers are into the case's filing."`
}

// DuplicateView is a suggestion: this may be about the same matter, and why. A person decides.
type DuplicateView struct {
	Kind   string              `json:"kind" enum:"lead,case" example:"lead"`
	ID     string              `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c61"`
	Number string              `json:"number" example:"371621101-L2026-000001" doc:"线索编号 of a lead, 登记号 of a case."`
	State  string              `json:"state" example:"reported" doc:"Of the list lead-states or case-states."`
	At     time.Time           `json:"at" example:"2026-11-23T09:00:00+08:00" doc:"When it was found or filed."`
	Place  string              `json:"place,omitempty" example:"某村东头"`
	Text   string              `json:"text" example:"两家因排水沟争吵" doc:"A lead's cause, a case's title."`
	Score  int                 `json:"score" minimum:"1" maximum:"100" example:"85"`
	Strong bool                `json:"strong" example:"false" doc:"Must be named as considered before the lead becomes a case of its own."`
	Parts  []DuplicatePartView `json:"parts" nullable:"false" doc:"What they have in common."`
}

// DuplicatePartView is one thing that two have in common, with its share of the score.
type DuplicatePartView struct {
	Code    string `json:"code" example:"same-party"`
	Points  int    `json:"points" example:"50"`
	Message string `json:"message" example:"一名当事人证件号码相同"`
}

func (e *exchange) duplicateView(d casework.Duplicate) DuplicateView {
	view := DuplicateView{Kind: string(d.Kind), ID: string(d.ID), Score: d.Score, Strong: d.Strong(), Parts: []DuplicatePartView{}}
	switch {
	case d.Lead != nil:
		view.Number, view.State, view.At, view.Place, view.Text = d.Lead.Serial, string(d.Lead.State), legal(d.Lead.FoundAt), d.Lead.Place, d.Lead.Cause
	case d.Case != nil:
		view.Number, view.State, view.At, view.Place, view.Text = d.Case.Registration, string(d.Case.State), legal(d.Case.FiledAt), d.Case.Place, d.Case.Title
	}
	for _, part := range d.Parts {
		view.Parts = append(view.Parts, DuplicatePartView{part.Code, part.Points, e.language.pick(part.EN, part.ZH)})
	}
	return view
}
