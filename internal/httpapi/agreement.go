package httpapi

import (
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ObligationInput is one thing that somebody has to do by a day.
type ObligationInput struct {
	Kind   ObligationCode `json:"kind" example:"money"`
	What   string         `json:"what,omitempty" maxLength:"2000" example:"第一期补偿款" doc:"Needed for an act."`
	Amount int64          `json:"amount,omitempty" minimum:"0" example:"100000" doc:"In fen, at least 1; none for an act."`
	Due    string         `json:"due" format:"date" example:"2026-12-10"`
	From   string         `json:"from,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40" doc:"Id of the party who owes; needed for money."`
	To     string         `json:"to,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party to whom it is owed."`
}

// InstalmentView is an obligation with what has become of it.
type InstalmentView struct {
	Number int `json:"number" example:"1"`
	ObligationInput
	Paid       int64  `json:"paid" example:"50000" doc:"In fen."`
	DoneOn     string `json:"doneOn,omitempty" format:"date" example:"2026-12-10" doc:"The day on which nothing was left of it."`
	BreachedOn string `json:"breachedOn,omitempty" format:"date" example:"2026-12-16" doc:"The day on which its breach was recorded."`
	BreachNote string `json:"breachNote,omitempty" example:"逾期未付，电话催告后仍未履行。"`
}

// MediatorSignatureInput is how and when the mediator signed.
type MediatorSignatureInput struct {
	Means SignatureCode `json:"means" example:"signature"`
	On    string        `json:"on" format:"date" example:"2026-11-23"`
}

// SignatureInput is how and when a party signed.
type SignatureInput struct {
	Party string        `json:"party" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party."`
	Means SignatureCode `json:"means" example:"fingerprint"`
	On    string        `json:"on" format:"date" example:"2026-11-23"`
	Agent string        `json:"agent,omitempty" maxLength:"100" example:"周某" doc:"Who signed in the party's name, with power of attorney."`
}

// SignatureView is how and when somebody signed.
type SignatureView struct {
	Party string        `json:"party,omitempty" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f" doc:"Id of the party; absent for the mediator's."`
	Means SignatureCode `json:"means" example:"fingerprint"`
	On    string        `json:"on" format:"date" example:"2026-11-23"`
	Agent string        `json:"agent,omitempty" example:"周某"`
}

// AgreementContent is what the paper of a written agreement must hold (人民调解法第29条).
type AgreementContent struct {
	Facts          string            `json:"facts" minLength:"1" maxLength:"20000" example:"李家新砌院墙越界三十厘米。"`
	Disputes       string            `json:"disputes" minLength:"1" maxLength:"20000" example:"院墙是否拆除及补偿数额。"`
	Responsibility string            `json:"responsibility" minLength:"1" maxLength:"20000" example:"被申请人承担拆除责任。"`
	Terms          string            `json:"terms" minLength:"1" maxLength:"20000" example:"拆除越界院墙，补偿三千元。"`
	Way            string            `json:"way" minLength:"1" maxLength:"2000" example:"银行转账，分两期。"`
	Place          string            `json:"place" minLength:"1" maxLength:"300" example:"孙武镇调委会"`
	TimeLimit      string            `json:"timeLimit" minLength:"1" maxLength:"2000" example:"一个月内履行完毕。"`
	Amount         *int64            `json:"amount,omitempty" minimum:"1" example:"300000" doc:"Agreed, in fen: the sum of the instalments; none when no money is paid."`
	Matters        []MatterCode      `json:"matters,omitempty" nullable:"false" maxItems:"20" doc:"What it is about; some matters exclude electronic signatures or judicial confirmation."`
	Instalments    []ObligationInput `json:"instalments" nullable:"false" minItems:"1" maxItems:"240" doc:"What is to be performed by when, what was done on the spot too."`
	Copies         int               `json:"copies,omitempty" minimum:"0" maximum:"1000" example:"3" doc:"At least one for each party and one for the committee; left out, exactly these."`
}

// AgreementInput is a written agreement: what its paper holds and who signed it, when.
type AgreementInput struct {
	AgreementContent
	Signatures     []SignatureInput       `json:"signatures" nullable:"false" maxItems:"200" doc:"Every party's: whoever stays out belongs into a case of its own (split)."`
	MediatorSigned MediatorSignatureInput `json:"mediatorSigned"`
	SealedOn       string                 `json:"sealedOn" format:"date" example:"2026-11-23" doc:"The committee's seal."`
}

// DraftAgreementInput is a written agreement before it is signed: the same fields, of which the signatures may be missing.
type DraftAgreementInput struct {
	AgreementContent
	Signatures     []SignatureInput        `json:"signatures,omitempty" nullable:"false" maxItems:"200" doc:"Not printed: a draft is signed by hand."`
	MediatorSigned *MediatorSignatureInput `json:"mediatorSigned,omitempty" doc:"Not printed."`
	SealedOn       string                  `json:"sealedOn,omitempty" format:"date" example:"2026-11-23" doc:"Not printed."`
}

// OralAgreementInput is what is noted of an agreement without paper (人民调解法第28条).
type OralAgreementInput struct {
	Facts       string            `json:"facts,omitempty" maxLength:"20000" example:"甲方翻建院墙后雨水流入乙方院内。"`
	Terms       string            `json:"terms" minLength:"1" maxLength:"20000" example:"被申请人当面道歉。"`
	Way         string            `json:"way,omitempty" maxLength:"2000" example:"现金当面交付"`
	TimeLimit   string            `json:"timeLimit,omitempty" maxLength:"2000" example:"2026年12月15日前"`
	Amount      *int64            `json:"amount,omitempty" minimum:"1" example:"50000" doc:"Agreed, in fen: the sum of the instalments."`
	Matters     []MatterCode      `json:"matters,omitempty" nullable:"false" maxItems:"20"`
	Instalments []ObligationInput `json:"instalments" nullable:"false" minItems:"1" maxItems:"240"`
	AgreedOn    string            `json:"agreedOn" format:"date" example:"2026-11-23" doc:"It binds from this day (人民调解法第30条)."`
}

// AgreementView is what the parties agreed, and how far each part is performed.
type AgreementView struct {
	Form              AgreementFormCode `json:"form" example:"written"`
	Meeting           int               `json:"meeting" example:"2" doc:"Number of the meeting that came to it."`
	Facts             string            `json:"facts,omitempty" example:"甲方翻建院墙后雨水流入乙方院内。"`
	Disputes          string            `json:"disputes,omitempty" example:"排水改道的费用由谁承担"`
	Responsibility    string            `json:"responsibility,omitempty" example:"甲方翻建时未留排水口，承担主要责任。"`
	Terms             string            `json:"terms" example:"甲方于十五日内改道排水，并一次性补偿乙方2500元。"`
	Way               string            `json:"way,omitempty" example:"现金当面交付"`
	Place             string            `json:"place,omitempty" example:"孙武镇调解室"`
	TimeLimit         string            `json:"timeLimit,omitempty" example:"2026年12月15日前"`
	Amount            *int64            `json:"amount,omitempty" example:"300000" doc:"In fen."`
	Matters           []MatterCode      `json:"matters" nullable:"false"`
	Instalments       []InstalmentView  `json:"instalments" nullable:"false"`
	Signatures        []SignatureView   `json:"signatures" nullable:"false"`
	MediatorSignature *SignatureView    `json:"mediatorSignature,omitempty"`
	SealedOn          string            `json:"sealedOn,omitempty" format:"date" example:"2026-11-25"`
	Copies            int               `json:"copies,omitempty" example:"3"`
	EffectiveOn       string            `json:"effectiveOn" format:"date" example:"2026-11-23" doc:"The day from which it binds: the last of the signatures and the seal, or the day of the oral agreement."`
}

func (in ObligationInput) obligation() mediation.Obligation {
	return mediation.Obligation{
		Kind: mediation.ObligationKind(in.Kind), What: in.What, Amount: in.Amount, Due: in.Due,
		From: mediation.ID(in.From), To: mediation.ID(in.To),
	}
}

func (in SignatureInput) signature() mediation.Signature {
	return mediation.Signature{Party: mediation.ID(in.Party), Means: mediation.SignatureMeans(in.Means), On: in.On, Agent: in.Agent}
}

func (code MatterCode) matter() mediation.Matter { return mediation.Matter(code) }

func (in AgreementContent) agreement() mediation.WrittenAgreement {
	return mediation.WrittenAgreement{
		Facts: in.Facts, Disputes: in.Disputes, Responsibility: in.Responsibility, Terms: in.Terms, Way: in.Way, Place: in.Place,
		TimeLimit: in.TimeLimit, Amount: in.Amount, Matters: views(in.Matters, MatterCode.matter),
		Instalments: views(in.Instalments, ObligationInput.obligation), Copies: in.Copies,
	}
}

func (in AgreementInput) agreement() mediation.WrittenAgreement {
	written := in.AgreementContent.agreement()
	written.Signatures = views(in.Signatures, SignatureInput.signature)
	written.MediatorSigned = mediation.Signature{Means: mediation.SignatureMeans(in.MediatorSigned.Means), On: in.MediatorSigned.On}
	written.SealedOn = in.SealedOn
	return written
}

func (in OralAgreementInput) agreement() mediation.OralAgreement {
	return mediation.OralAgreement{
		Facts: in.Facts, Terms: in.Terms, Way: in.Way, TimeLimit: in.TimeLimit, Amount: in.Amount,
		Matters: views(in.Matters, MatterCode.matter), Instalments: views(in.Instalments, ObligationInput.obligation), AgreedOn: in.AgreedOn,
	}
}

func agreementView(a mediation.Agreement) *AgreementView {
	view := &AgreementView{
		Form: AgreementFormCode(a.Form), Meeting: a.Meeting, Facts: a.Facts, Disputes: a.Disputes, Responsibility: a.Responsibility,
		Terms: a.Terms, Way: a.Way, Place: a.Place, TimeLimit: a.TimeLimit, Amount: a.Amount, Matters: []MatterCode{},
		Instalments: views(a.Instalments, instalmentView), Signatures: views(a.Signatures, signatureView),
		SealedOn: a.SealedOn, Copies: a.Copies, EffectiveOn: a.EffectiveOn,
	}
	for _, matter := range a.Matters {
		view.Matters = append(view.Matters, MatterCode(matter))
	}
	if a.MediatorSignature.On != "" {
		signed := signatureView(a.MediatorSignature)
		view.MediatorSignature = &signed
	}
	return view
}

func instalmentView(i mediation.Instalment) InstalmentView {
	return InstalmentView{
		Number: i.Number, Paid: i.Paid, DoneOn: i.DoneOn, BreachedOn: i.BreachedOn, BreachNote: i.BreachNote,
		ObligationInput: ObligationInput{Kind: ObligationCode(i.Kind), What: i.What, Amount: i.Amount, Due: i.Due,
			From: string(i.From), To: string(i.To)},
	}
}

func signatureView(s mediation.Signature) SignatureView {
	return SignatureView{Party: string(s.Party), Means: SignatureCode(s.Means), On: s.On, Agent: s.Agent}
}

func (a *API) registerAgreement() {
	changing(a, operation{
		id: "agree-in-writing", path: "agreement", tag: tagOutcome, action: mediation.ActionCaseAgree,
		summary: "Record a written agreement", summaryZH: "达成书面调解协议", example: exampleAgreement(),
		description: "The agreement of the last meeting, whose result was agreed (409 case-incomplete, no-agreement-yet). It holds what art. 29 demands, every party has signed and the instalments add up to the amount. " +
			"Electronic signatures are refused where the law excludes them (electronic-signature-excluded). It binds from the last of the signatures and the seal.",
	}, AgreementInput.agreement, (*casework.Service).AgreeInWriting)
	changing(a, operation{
		id: "agree-orally", path: "agreement/oral", tag: tagOutcome, action: mediation.ActionCaseAgreeOrally,
		summary: "Record an oral agreement", summaryZH: "达成口头调解协议",
		example: OralAgreementInput{Terms: "被申请人当面道歉。", AgreedOn: exampleDay,
			Instalments: []ObligationInput{{Kind: ObligationCode(mediation.ObligationAct), What: "当面道歉", Due: exampleDay}}},
		description: "The agreement of the last meeting, when the parties need no paper; it binds from its day. A court confirms written agreements only.",
	}, OralAgreementInput.agreement, (*casework.Service).AgreeOrally)
}

func exampleAgreement() AgreementInput {
	amount := int64(300000)
	money := ObligationCode(mediation.ObligationMoney)
	return AgreementInput{AgreementContent: AgreementContent{
		Facts: "李家新砌院墙越界三十厘米。", Disputes: "院墙是否拆除及补偿数额。", Responsibility: "被申请人承担拆除责任。",
		Terms: "拆除越界院墙，补偿三千元。", Way: "银行转账，分两期。", Place: "孙武镇调委会", TimeLimit: "一个月内履行完毕。",
		Amount: &amount, Matters: []MatterCode{"money", "act"},
		Instalments: []ObligationInput{
			{Kind: money, What: "第一期", Amount: 100000, Due: exampleDay, From: exampleOther, To: exampleParty},
			{Kind: money, What: "第二期", Amount: 200000, Due: "2026-12-23", From: exampleOther, To: exampleParty},
			{Kind: ObligationCode(mediation.ObligationAct), What: "拆除越界院墙", Due: "2026-12-10", From: exampleOther},
		},
		Copies: 3,
	},
		Signatures: []SignatureInput{
			{Party: exampleParty, Means: "signature", On: exampleDay}, {Party: exampleOther, Means: "fingerprint", On: exampleDay},
		},
		MediatorSigned: MediatorSignatureInput{Means: "signature", On: exampleDay}, SealedOn: exampleDay,
	}
}
