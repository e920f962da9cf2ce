package mediation

import (
	"slices"
	"strconv"
	"time"
)

// AgreementForm is how an agreement was made.
type AgreementForm string

// The forms (L28).
const (
	AgreementWritten AgreementForm = "written"
	AgreementOral    AgreementForm = "oral"
)

var agreementForms = []Code{
	{Code: string(AgreementWritten), ZH: "书面协议", EN: "Written agreement", Note: "L29"},
	{Code: string(AgreementOral), ZH: "口头协议", EN: "Oral agreement", Note: "L30"},
}

// SignatureMeans is how somebody signed.
type SignatureMeans string

// SignatureElectronic is the means that the law excludes for some matters.
const SignatureElectronic SignatureMeans = "electronic"

var signatureMeans = []Code{
	{Code: "signature", ZH: "签名", EN: "Signature"},
	{Code: "seal", ZH: "盖章", EN: "Seal"},
	{Code: "fingerprint", ZH: "按指印", EN: "Fingerprint"},
	{Code: string(SignatureElectronic), ZH: "电子签名", EN: "Electronic signature", Note: "电子签名法"},
}

// Matter is what an agreement is about, where the law looks at it.
type Matter string

// matterRow says what the law excludes for a matter: an electronic signature (电子签名法 art. 3), judicial confirmation
// (法释〔2011〕5号 art. 4).
type matterRow struct {
	Code
	NoElectronicSignature, NoConfirmation bool
}

var matters = []matterRow{
	{Code{Code: "money", ZH: "金钱给付", EN: "Payment"}, false, false},
	{Code{Code: "act", ZH: "作为或者不作为", EN: "Doing or not doing"}, false, false},
	{Code{Code: "marriage", ZH: "婚姻关系", EN: "Marriage"}, true, true},
	{Code{Code: "parentage-adoption", ZH: "亲子收养关系", EN: "Parentage or adoption"}, true, true},
	{Code{Code: "succession", ZH: "继承", EN: "Succession"}, true, false},
	{Code{Code: "utility-supply", ZH: "停止供水供热供气等公用事业服务", EN: "Stopping the supply of water, heat or gas"}, true, false},
	{Code{Code: "property-title", ZH: "物权确权", EN: "Title to property"}, false, true},
	{Code{Code: "intellectual-property-title", ZH: "知识产权确权", EN: "Title to intellectual property"}, false, true},
	{Code{Code: "other", ZH: "其他", EN: "Other"}, false, false},
}

func matterCodes() []Code {
	codes := make([]Code, 0, len(matters))
	for _, row := range matters {
		codes = append(codes, row.Code)
	}
	return codes
}

// Signature is one party's, by whatever means, on its day.
type Signature struct {
	Party ID             `json:"party,omitempty"` // "" for the mediator's
	Means SignatureMeans `json:"means"`
	On    string         `json:"on"`              // 2006-01-02
	Agent string         `json:"agent,omitempty"` // who signed in the party's name, with power of attorney
}

// Agreement is what the parties agreed (调解协议书 or 口头协议登记表).
type Agreement struct {
	Form              AgreementForm `json:"form"`
	Meeting           int           `json:"meeting"` // the meeting that came to it
	Facts             string        `json:"facts,omitempty"`
	Disputes          string        `json:"disputes,omitempty"`
	Responsibility    string        `json:"responsibility,omitempty"`
	Terms             string        `json:"terms"`
	Way               string        `json:"way,omitempty"`
	Place             string        `json:"place,omitempty"`
	TimeLimit         string        `json:"timeLimit,omitempty"`
	Amount            *int64        `json:"amount,omitempty"` // fen, nil when no money is paid
	Matters           []Matter      `json:"matters,omitempty"`
	Instalments       []Instalment  `json:"instalments"`
	Signatures        []Signature   `json:"signatures,omitempty"`
	MediatorSignature Signature     `json:"mediatorSignature,omitzero"`
	SealedOn          string        `json:"sealedOn,omitempty"` // the committee's seal
	Copies            int           `json:"copies,omitempty"`
	EffectiveOn       string        `json:"effectiveOn"` // the day from which it binds (L29, L30)
}

// WrittenAgreement is what the paper must hold (L29; P35) and who signed it, when.
type WrittenAgreement struct {
	Facts          string
	Disputes       string
	Responsibility string
	Terms          string
	Way            string
	Place          string
	TimeLimit      string
	Amount         *int64
	Matters        []Matter
	Instalments    []Obligation
	Signatures     []Signature
	MediatorSigned Signature // Party stays empty
	SealedOn       string
	Copies         int // 0: one for each party and one for the committee
}

// OralAgreement is what is noted of an agreement without paper (L30).
type OralAgreement struct {
	Facts       string
	Terms       string
	Way         string
	TimeLimit   string
	Amount      *int64
	Matters     []Matter
	Instalments []Obligation
	AgreedOn    string
}

// Agree records a written agreement. It binds from the last of the signatures and the seal (L29).
func (c Case) Agree(written WrittenAgreement, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAgree, act); err != nil {
		return Case{}, Entry{}, err
	}
	agreement, err := written.checked(c, act.At)
	if err != nil {
		return Case{}, Entry{}, err
	}
	return c.agreed(VerbAgree, agreement, act)
}

// AgreeOrally records an agreement that needs no paper. It binds from the day of the agreement (L30).
func (c Case) AgreeOrally(oral OralAgreement, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAgreeOrally, act); err != nil {
		return Case{}, Entry{}, err
	}
	agreement, err := oral.checked(c, act.At)
	if err != nil {
		return Case{}, Entry{}, err
	}
	return c.agreed(VerbAgreeOrally, agreement, act)
}

func (c Case) agreed(verb Verb, agreement Agreement, act Act) (Case, Entry, error) {
	changed := c.clone()
	changed.Agreement = &agreement
	return changed.move(verb, act, "", []Change{{Field: "/agreement", After: encoded(agreement)}})
}

func (w WrittenAgreement) checked(c Case, at time.Time) (Agreement, error) {
	var check checker
	a, day := w.content(&check, c)
	a.Signatures = check.signatures(c, w.Signatures, day, at)
	a.MediatorSignature = check.signature("/mediatorSigned", w.MediatorSigned, day, at)
	check.pastDay("/sealedOn", w.SealedOn, at)
	check.notBefore("/sealedOn", w.SealedOn, day, "before-meeting", "The seal is older than the meeting.", "盖章日期早于调解日期。")
	check.electronic(c.Type, a)
	a.EffectiveOn = a.effective()
	return a, check.err("invalid-agreement", "The agreement breaks a rule.", "调解协议不符合规定。")
}

// content checks what the paper says, signed or not; it gives the day of the meeting, before which nothing is due.
func (w WrittenAgreement) content(check *checker, c Case) (Agreement, string) {
	last, _ := c.lastHeld()
	day := LegalDay(last.StartedAt)
	a := Agreement{
		Form: AgreementWritten, Meeting: last.Number, SealedOn: w.SealedOn,
		Facts:          check.text("/facts", w.Facts, 1, maxLongText, manyLines),
		Disputes:       check.text("/disputes", w.Disputes, 1, maxLongText, manyLines),
		Responsibility: check.text("/responsibility", w.Responsibility, 1, maxLongText, manyLines),
		Terms:          check.text("/terms", w.Terms, 1, maxLongText, manyLines),
		Way:            check.text("/way", w.Way, 1, maxNote, manyLines),
		Place:          check.text("/place", w.Place, 1, maxPlace, oneLine),
		TimeLimit:      check.text("/timeLimit", w.TimeLimit, 1, maxNote, manyLines),
		Matters:        check.matters(w.Matters),
		Copies:         check.copies(w.Copies, len(c.Parties)),
	}
	a.Amount, a.Instalments = check.obligations(c, w.Amount, w.Instalments, day)
	return a, day
}

// DraftAgreement is the paper of a written agreement before it is signed, and the case as the paper shows it; nothing of
// it is recorded. What the paper says is held to the rules of Agree (Invalid "invalid-agreement"); signatures and seals
// are left for the pen, given or not. Conflict "document-incomplete" before a meeting was held, "agreement-recorded" once
// there is an agreement.
func (c Case) DraftAgreement(written WrittenAgreement) (Document, Case, error) {
	document, err := c.Document(DocumentAgreement, 0)
	if err != nil {
		return Document{}, Case{}, err
	}
	if c.Agreement != nil {
		return Document{}, Case{}, Fail(Conflict, "agreement-recorded",
			"The agreement is recorded: print it, there is nothing left to draft.", "协议已经登记，请直接打印协议书。")
	}
	var check checker
	written.SealedOn = ""
	drafted, _ := written.content(&check, c)
	if err := check.err("invalid-agreement", "The agreement breaks a rule.", "调解协议不符合规定。"); err != nil {
		return Document{}, Case{}, err
	}
	shown := c.clone()
	shown.Agreement = &drafted
	document.ZH, document.EN, document.Draft = document.ZH+"（草稿）", document.EN+" (draft)", true
	return document, shown, nil
}

func (o OralAgreement) checked(c Case, at time.Time) (Agreement, error) {
	var check checker
	last, _ := c.lastHeld()
	day := LegalDay(last.StartedAt)
	a := Agreement{
		Form: AgreementOral, Meeting: last.Number, EffectiveOn: o.AgreedOn,
		Facts:     check.text("/facts", o.Facts, 0, maxLongText, manyLines),
		Terms:     check.text("/terms", o.Terms, 1, maxLongText, manyLines),
		Way:       check.text("/way", o.Way, 0, maxNote, manyLines),
		TimeLimit: check.text("/timeLimit", o.TimeLimit, 0, maxNote, manyLines),
		Matters:   check.matters(o.Matters),
	}
	check.pastDay("/agreedOn", o.AgreedOn, at)
	check.notBefore("/agreedOn", o.AgreedOn, day, "before-meeting", "The agreement is older than the meeting.", "协议日期早于调解日期。")
	a.Amount, a.Instalments = check.obligations(c, o.Amount, o.Instalments, day)
	return a, check.err("invalid-agreement", "The agreement breaks a rule.", "调解协议不符合规定。")
}

func (c *checker) matters(given []Matter) []Matter {
	if len(given) > len(matters) {
		c.fail("/matters", "too-many", "Name each matter once.", "协议事项不得重复。")
		return nil
	}
	for i, matter := range given {
		pointer := "/matters/" + strconv.Itoa(i)
		c.choice(pointer, string(matter), matterCodes(), "agreement-matters", "协议事项")
		if slices.Contains(given[:i], matter) {
			c.fail(pointer, "duplicate", "Name each matter once.", "协议事项不得重复。")
		}
	}
	return slices.Clone(given)
}

// signatures asks for every party's: who does not sign is not bound, and belongs into a case of its own.
func (c *checker) signatures(of Case, given []Signature, earliest string, at time.Time) []Signature {
	if len(given) > maxParties {
		c.fail("/signatures", "too-many", "Each party signs once.", "每名当事人签名一次。")
		return nil
	}
	signed := map[ID]bool{}
	signatures := make([]Signature, 0, len(given))
	for i, s := range given {
		pointer := "/signatures/" + strconv.Itoa(i)
		c.partyOf(pointer+"/party", of, s.Party, true)
		if signed[s.Party] {
			c.fail(pointer+"/party", "duplicate", "Each party signs once.", "每名当事人签名一次。")
		}
		signed[s.Party] = true
		signatures = append(signatures, c.signature(pointer, s, earliest, at))
	}
	for _, p := range of.Parties {
		if !signed[p.ID] {
			c.fail("/signatures", "signature-missing",
				"Party "+p.called()+" has not signed: an agreement binds once all have. Split the case if the party stays out.",
				"当事人 "+p.called()+" 尚未签名：协议自各方签名后生效；不参加协议的，请先分案。")
		}
	}
	return signatures
}

func (c *checker) signature(pointer string, s Signature, earliest string, at time.Time) Signature {
	c.choice(pointer+"/means", string(s.Means), signatureMeans, "signature-means", "签名方式")
	c.pastDay(pointer+"/on", s.On, at)
	c.notBefore(pointer+"/on", s.On, earliest, "before-meeting", "The signature is older than the meeting.", "签名日期早于调解日期。")
	s.Agent = c.text(pointer+"/agent", s.Agent, 0, maxName, oneLine)
	return s
}

// electronic refuses electronic signatures where the Electronic Signature Law does (art. 3).
func (c *checker) electronic(disputeType DisputeType, a Agreement) {
	if !a.electronicallyExcluded(disputeType) {
		return
	}
	fail := func(pointer string) {
		c.fail(pointer, "electronic-signature-excluded",
			"The law excludes electronic signatures here (marriage, adoption, succession and the like): have it signed by hand, and scan it.",
			"婚姻、收养、继承等文书依法不得使用电子签名，请书面签名、盖章或者按指印后扫描入卷。")
	}
	for i, s := range a.Signatures {
		if s.Means == SignatureElectronic {
			fail("/signatures/" + strconv.Itoa(i) + "/means")
		}
	}
	if a.MediatorSignature.Means == SignatureElectronic {
		fail("/mediatorSigned/means")
	}
}

// DisputeFamily is the type that covers marriage, parentage, adoption and succession.
const DisputeFamily DisputeType = "01"

func (a Agreement) electronicallyExcluded(disputeType DisputeType) bool {
	return disputeType == DisputeFamily || slices.ContainsFunc(matters, func(row matterRow) bool {
		return row.NoElectronicSignature && slices.Contains(a.Matters, Matter(row.Code.Code))
	})
}

func (a Agreement) signedElectronically() bool {
	return a.MediatorSignature.Means == SignatureElectronic ||
		slices.ContainsFunc(a.Signatures, func(s Signature) bool { return s.Means == SignatureElectronic })
}

func (a Agreement) excludedFromConfirmation() bool {
	return slices.ContainsFunc(matters, func(row matterRow) bool {
		return row.NoConfirmation && slices.Contains(a.Matters, Matter(row.Code.Code))
	})
}

// Confirmable tells whether the parties can ask a court to confirm the agreement: it is written, and about nothing that
// courts leave alone (法释〔2011〕5号 art. 4).
func (a Agreement) Confirmable() bool {
	return a.Form == AgreementWritten && !a.excludedFromConfirmation()
}

// copies: one for each party, one for the committee (L29). More may be made, for a court or a bank.
func (c *checker) copies(given, parties int) int {
	switch {
	case given == 0:
		return parties + 1
	case given < parties+1 || given > parties+maxMediators:
		c.fail("/copies", "wrong-copies",
			"Make "+strconv.Itoa(parties+1)+" copies: one for each party and one for the committee.",
			"协议书应为 "+strconv.Itoa(parties+1)+" 份：当事人各执一份，调解委员会留存一份。")
	}
	return given
}

func (a Agreement) effective() string {
	day := max(a.SealedOn, a.MediatorSignature.On)
	for _, s := range a.Signatures {
		day = max(day, s.On)
	}
	return day
}
