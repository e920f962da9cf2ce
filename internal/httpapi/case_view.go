package httpapi

import (
	"slices"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// CaseView is a case as its township sees it. Who may not see the parties gets them masked.
type CaseView struct {
	ID           string      `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"`
	Tenant       string      `json:"tenant" example:"371621101"`
	Version      int64       `json:"version" example:"1" doc:"Quoted, it is the ETag."`
	State        StateCode   `json:"state" example:"pending-acceptance"`
	Registration string      `json:"registration" example:"371621101-2026-000001" doc:"登记号, given when the case is filed."`
	Number       string      `json:"number,omitempty" example:"（2026）孙武人调字第0001号" doc:"人调字号, given when it is accepted."`
	Type         DisputeCode `json:"type" example:"02"`
	Source       SourceCode  `json:"source" example:"application"`
	Title        string      `json:"title" example:"相邻宅基地排水纠纷"`
	Facts        string      `json:"facts,omitempty" example:"甲方翻建院墙后雨水流入乙方院内。"`
	Claims       string      `json:"claims,omitempty" example:"要求改道排水并赔偿损失。"`
	Place        string      `json:"place,omitempty" example:"孙武街道某村"`
	PlaceCode    string      `json:"placeCode,omitempty" example:"371621001001" doc:"12-digit statistical division code."`
	Amount       *int64      `json:"amount,omitempty" example:"250000" doc:"Claimed, in fen (1/100 yuan)."`
	People       int         `json:"people,omitempty" example:"4" doc:"People concerned."`
	OccurredOn   string      `json:"occurredOn,omitempty" format:"date" example:"2026-11-01"`
	Tags         []string    `json:"tags" nullable:"false" example:"排水,邻里"`
	Parties      []PartyView `json:"parties" nullable:"false"`
	JudgementView
	Restriction RestrictionCode `json:"restriction,omitempty" example:"minor" doc:"Why few may see the case; absent when it is like others."`
	Refusal     *RefusalView    `json:"refusal,omitempty"`
	Withdrawal  *WithdrawalView `json:"withdrawal,omitempty"`
	FiledAt     time.Time       `json:"filedAt" example:"2026-11-23T08:00:00+08:00"`
	FiledBy     string          `json:"filedBy" example:"zhang" doc:"Subject of the member who filed it."`
	UpdatedAt   time.Time       `json:"updatedAt" example:"2026-11-23T08:00:00+08:00"`
	AcceptedAt  *time.Time      `json:"acceptedAt,omitempty" example:"2026-11-23T10:30:00+08:00"`
	EndedAt     *time.Time      `json:"endedAt,omitempty" example:"2026-12-18T16:00:00+08:00"`
	Warnings    []WarningView   `json:"warnings" nullable:"false" doc:"Rules that are broken but overridden, or odd but allowed."`
}

// PartyView is a person or an organisation in the dispute.
type PartyView struct {
	ID string `json:"id" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f"`
	PartyInput
}

// PartyInput is a party as it is brought in.
type PartyInput struct {
	Side                SideCode     `json:"side" example:"applicant"`
	Kind                PartyCode    `json:"kind" example:"person"`
	Name                string       `json:"name" minLength:"1" maxLength:"100" example:"张三"`
	IdentityType        IdentityCode `json:"identityType,omitempty" example:"resident-id"`
	IdentityNumber      string       `json:"identityNumber,omitempty" maxLength:"64" example:"990101198001010014" doc:"Checked by GB 11643 (resident-id) and GB 32100 (uscc)."`
	IdentityOverride    string       `json:"identityOverride,omitempty" maxLength:"300" example:"as printed on the business licence" doc:"Why a uscc that fails its check is right all the same."`
	Sex                 SexCode      `json:"sex,omitempty" example:"male" doc:"Persons only."`
	Phone               string       `json:"phone,omitempty" maxLength:"32" example:"13800001234"`
	Address             string       `json:"address,omitempty" maxLength:"300" example:"惠民县孙武街道某村"`
	LegalRepresentative string       `json:"legalRepresentative,omitempty" maxLength:"100" example:"李四" doc:"Organisations only."`
	PartyDetails
}

// RefusalView is why a case was not taken on, and the road that remains.
type RefusalView struct {
	Reason RefusalCode `json:"reason" example:"out-of-area"`
	Note   string      `json:"note,omitempty" example:"已告知向某镇调委会申请。"`
	RoadZH string      `json:"roadZh" example:"向有管辖权的人民调解委员会申请，或者依法向人民法院起诉。" doc:"What the parties are told to do instead."`
	RoadEN string      `json:"roadEn" example:"Apply to the committee of the place, or sue in court." doc:"The same in English."`
}

// WithdrawalView is why mediation is not wanted any more.
type WithdrawalView struct {
	Note string `json:"note,omitempty" example:"双方已自行和解。"`
	By   string `json:"by,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party who withdrew."`
}

// WarningView is a rule that somebody should look at.
type WarningView struct {
	Pointer   string `json:"pointer" example:"/parties/1/identityNumber"`
	Code      string `json:"code" example:"uscc-check"`
	Message   string `json:"message" example:"The check character is wrong; the number was accepted with a reason."`
	MessageZH string `json:"messageZh" example:"校验码不符，已说明理由。"`
}

func caseView(c mediation.Case) CaseView {
	view := CaseView{
		ID: string(c.ID), Tenant: c.Tenant, Version: c.Version, State: StateCode(c.State),
		Registration: c.Registration, Number: c.Number, Type: DisputeCode(c.Type), Source: SourceCode(c.Source),
		Title: c.Title, Facts: c.Facts, Claims: c.Claims, Place: c.Place, PlaceCode: c.PlaceCode,
		Amount: c.Amount, People: c.People, OccurredOn: c.OccurredOn,
		Tags: append([]string{}, c.Tags...), Parties: []PartyView{},
		FiledAt: legal(c.FiledAt), FiledBy: c.FiledBy, UpdatedAt: legal(c.UpdatedAt),
		AcceptedAt: legalPointer(c.AcceptedAt), EndedAt: legalPointer(c.EndedAt), Warnings: []WarningView{},
		JudgementView: judgementView(c), Restriction: RestrictionCode(c.Restriction),
	}
	for _, p := range c.Parties {
		view.Parties = append(view.Parties, partyView(p))
	}
	for _, w := range c.Warnings {
		view.Warnings = append(view.Warnings, WarningView{
			Pointer: w.Pointer, Code: w.Code, Message: w.Message, MessageZH: w.MessageZH})
	}
	if c.Refusal != nil {
		ground, _ := c.Refusal.Reason.Ground()
		view.Refusal = &RefusalView{
			Reason: RefusalCode(c.Refusal.Reason), Note: c.Refusal.Note, RoadZH: ground.RoadZH, RoadEN: ground.RoadEN}
	}
	if c.Withdrawal != nil {
		view.Withdrawal = &WithdrawalView{Note: c.Withdrawal.Note, By: string(c.Withdrawal.By)}
	}
	return view
}

// CaseInput is a dispute as it is brought in.
type CaseInput struct {
	Type       DisputeCode  `json:"type" example:"02"`
	Source     SourceCode   `json:"source" example:"application"`
	Title      string       `json:"title" minLength:"1" maxLength:"200" example:"相邻宅基地排水纠纷"`
	Facts      string       `json:"facts,omitempty" maxLength:"20000" example:"甲方翻建院墙后雨水流入乙方院内。" doc:"Needed before the case can be accepted."`
	Claims     string       `json:"claims,omitempty" maxLength:"20000" example:"要求改道排水并赔偿损失。" doc:"Needed before the case can be accepted, unless the committee acts on its own initiative."`
	Place      string       `json:"place,omitempty" maxLength:"300" example:"孙武街道某村"`
	PlaceCode  string       `json:"placeCode,omitempty" maxLength:"12" example:"371621001001" doc:"12-digit statistical division code."`
	Amount     *int64       `json:"amount,omitempty" minimum:"0" example:"250000" doc:"Claimed, in fen (1/100 yuan)."`
	People     int          `json:"people,omitempty" minimum:"0" maximum:"1000000" example:"4" doc:"People concerned."`
	OccurredOn string       `json:"occurredOn,omitempty" format:"date" example:"2026-11-01"`
	Tags       []string     `json:"tags,omitempty" nullable:"false" maxItems:"20" example:"排水,邻里"`
	Parties    []PartyInput `json:"parties" nullable:"false" maxItems:"200" doc:"At least an applicant and a respondent; on own initiative, any two."`
}

func (in CaseInput) filing() mediation.Filing {
	filing := mediation.Filing{
		Type: mediation.DisputeType(in.Type), Source: mediation.Source(in.Source), Title: in.Title, Facts: in.Facts,
		Claims: in.Claims, Place: in.Place, PlaceCode: in.PlaceCode, Amount: in.Amount, People: in.People,
		OccurredOn: in.OccurredOn, Tags: slices.Clone(in.Tags),
	}
	for _, p := range in.Parties {
		filing.Parties = append(filing.Parties, p.party(""))
	}
	return filing
}

// PartyPatch is a party in a correction: with an id of the case it is that party, without one it is new.
type PartyPatch struct {
	ID string `json:"id,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Of a party of this case; leave it out for a new one."`
	PartyInput
}

// CasePatch is a JSON merge patch (RFC 7396) of a case. Parties, like every list, are replaced whole.
type CasePatch struct {
	Type       Optional[DisputeCode]  `json:"type,omitzero" nullable:"false"`
	Source     Optional[SourceCode]   `json:"source,omitzero" nullable:"false"`
	Title      Optional[string]       `json:"title,omitzero" nullable:"false" minLength:"1" maxLength:"200" example:"相邻宅基地排水纠纷"`
	Facts      Optional[string]       `json:"facts,omitzero" maxLength:"20000" nullable:"true" example:"甲方翻建院墙后雨水流入乙方院内。"`
	Claims     Optional[string]       `json:"claims,omitzero" maxLength:"20000" nullable:"true" example:"要求改道排水并赔偿损失。"`
	Place      Optional[string]       `json:"place,omitzero" maxLength:"300" nullable:"true" example:"孙武街道某村"`
	PlaceCode  Optional[string]       `json:"placeCode,omitzero" maxLength:"12" nullable:"true" example:"371621001001"`
	Amount     Optional[int64]        `json:"amount,omitzero" minimum:"0" nullable:"true" doc:"In fen; null when the case is not about money."`
	People     Optional[int]          `json:"people,omitzero" minimum:"0" maximum:"1000000" nullable:"true"`
	OccurredOn Optional[string]       `json:"occurredOn,omitzero" format:"date" nullable:"true" example:"2026-11-01"`
	Tags       Optional[[]string]     `json:"tags,omitzero" maxItems:"20" nullable:"true" example:"排水,邻里"`
	Parties    Optional[[]PartyPatch] `json:"parties,omitzero" nullable:"false" maxItems:"200"`
	Reason     string                 `json:"reason,omitempty" maxLength:"2000" example:"身份证号录入有误" doc:"Why, for the journal."`
}

// correction turns the patch into the domain's. null on a field that every case has is refused by name.
func (in CasePatch) correction() (mediation.Correction, error) {
	correction := mediation.Correction{
		Type: cleared[mediation.DisputeType](in.Type), Source: cleared[mediation.Source](in.Source),
		Title: cleared[string](in.Title), Facts: cleared[string](in.Facts), Claims: cleared[string](in.Claims),
		Place: cleared[string](in.Place), PlaceCode: cleared[string](in.PlaceCode),
		OccurredOn: cleared[string](in.OccurredOn), Reason: in.Reason, ClearAmount: in.Amount.Null,
	}
	if in.Amount.Set && !in.Amount.Null {
		correction.Amount = &in.Amount.Value
	}
	if in.People.Set {
		correction.People = &in.People.Value
	}
	if in.Tags.Set {
		correction.Tags = &in.Tags.Value
	}
	if in.Parties.Set {
		parties := []mediation.Party{}
		for _, p := range in.Parties.Value {
			parties = append(parties, p.party(p.ID))
		}
		correction.Parties = &parties
	}
	return correction, in.checkNulls()
}

func (in CasePatch) checkNulls() error {
	var fields []mediation.FieldError
	for _, field := range []struct {
		name string
		null bool
	}{{"type", in.Type.Null}, {"source", in.Source.Null}, {"title", in.Title.Null}, {"parties", in.Parties.Null}} {
		if field.null {
			fields = append(fields, mediation.FieldError{Pointer: "/" + field.name, Code: "required",
				Message: "every case has this: it cannot be cleared", MessageZH: "此项必填，不能清除"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return mediation.Fail(mediation.Invalid, "invalid-case", "The corrected case would break a rule.",
		"更正后的案件不符合规定。").WithFields(fields...)
}

// cleared is nil when the member was absent, and points to "" when it was null.
func cleared[To, From ~string](member Optional[From]) *To {
	if !member.Set {
		return nil
	}
	value := To(member.Value)
	return &value
}
