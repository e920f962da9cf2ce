package mediation

import (
	"slices"
	"time"
)

// ID is a UUIDv7 in its text form. The rooms above make ids; this one only carries them.
type ID string

// Case is a dispute that was registered with a tenant. It is a value: every verb returns a changed copy and leaves
// the receiver as it was.
type Case struct {
	ID           ID
	Tenant       string // 9-digit code of the tenant that registered it
	Version      int64  // grows by one with every change, starts at 1
	State        State
	Registration string // 登记号, given at filing
	Number       string // 人调字号, "" before acceptance
	Committee    ID     // the committee that registered it; after acceptance the one that numbered it

	Type       DisputeType
	Source     Source
	Title      string
	Facts      string
	Claims     string
	Place      string
	PlaceCode  string // 12-digit statistical division code, or ""
	Amount     *int64 // fen claimed, nil when not about money
	People     int    // 涉及人数, 0 when not counted
	OccurredOn string // 2006-01-02 in Asia/Shanghai, or ""
	Tags       []string
	Parties    []Party

	Classification *Classification
	Gradings       []Grading    // the last counts
	Assessments    []Assessment // the last counts

	Mediators      []Mediator
	Recusals       []Recusal
	Investigations []Investigation
	Meetings       []Meeting
	Dangers        []Danger
	Suspensions    []Suspension // the last may be under way
	Extensions     []Extension
	Referrals      []Referral
	Transfers      []Transfer

	// How it ended; each is there at most once.
	Refusal     *Refusal
	Withdrawal  *Withdrawal
	Failure     *Failure
	Termination *Termination
	Agreement   *Agreement

	Confirmation *Confirmation
	Payments     []Payment
	Urgings      []Urging
	Visits       []Visit

	Papers  []Paper
	Closure *Closure
	Volume  *Volume

	Restriction Restriction // why few may see it, "" when it is like others
	Invitations []Invitation

	FirstVolume ID // the case with which a reopened dispute began, or ""
	Links       []Link

	FiledAt    time.Time
	UpdatedAt  time.Time
	AcceptedAt *time.Time
	EndedAt    *time.Time
	FiledBy    string // subject of the actor who filed it

	// Warnings are rules that are broken but overridden, or odd but allowed. They are computed (WithWarnings), not stored.
	Warnings []FieldError
}

// Act is the circumstance of a verb: when, by whom, and where new ids come from.
type Act struct {
	At    time.Time
	By    Actor
	NewID func() ID
}

// Register is what the tenant's register adds to a filing.
type Register struct {
	Tenant       string
	Registration string
	Committee    ID
}

// Acceptance is what the committee adds when it takes a case on: its number, from Committee.Number.
type Acceptance struct {
	Committee ID
	Number    string
}

// Filing is a dispute as it is brought in: on application, on the committee's own initiative, or by referral
// (L17, L18, P23).
type Filing struct {
	Type       DisputeType
	Source     Source
	Title      string
	Facts      string
	Claims     string
	Place      string
	PlaceCode  string
	Amount     *int64
	People     int
	OccurredOn string
	Tags       []string
	Parties    []Party // ids are given by File
}

// Correction puts right what was written down wrongly. A nil field stays as it is; a pointer to an empty value clears
// it. Parties replaces the whole list: a party with an id of the case is that party, one without is new.
type Correction struct {
	Type        *DisputeType
	Source      *Source
	Title       *string
	Facts       *string
	Claims      *string
	Place       *string
	PlaceCode   *string
	Amount      *int64
	ClearAmount bool // the case is not about money after all; excludes Amount
	People      *int
	OccurredOn  *string
	Tags        *[]string
	Parties     *[]Party
	Reason      string // why, for the journal; optional
}

// Withdrawal is why and by whom mediation is no longer wanted (L23).
type Withdrawal struct {
	Note string
	By   ID // the party, or "" when it was not noted
}

// Open tells whether mediation, or what was agreed in it, is still under way. Open cases count against the tenant's quota.
func (c Case) Open() bool { return c.State != "" && !c.State.Ended() }

// File registers a dispute: checked, in state pending-acceptance, at version 1, with its first journal entry.
// Every violated rule is reported at once as Invalid "invalid-case".
func File(filing Filing, register Register, act Act) (Case, Entry, error) {
	return file(filing, register, act, func(*Case) []Change { return nil })
}

// file is File, where adding says what else a new case begins with.
func file(filing Filing, register Register, act Act, adding func(*Case) []Change) (Case, Entry, error) {
	if err := act.check(); err != nil {
		return Case{}, Entry{}, err
	}
	filing, err := filing.Checked(act.At)
	if err != nil {
		return Case{}, Entry{}, err
	}
	c := Case{
		ID: act.NewID(), Tenant: register.Tenant, Version: 0,
		Registration: register.Registration, Committee: register.Committee,
		FiledAt: act.At, FiledBy: act.By.Subject,
	}
	c.adopt(filing)
	for i := range c.Parties {
		c.Parties[i].ID = act.NewID()
	}
	changes := adding(&c)
	if c = c.restrictedAtFiling(act); c.Restriction != "" {
		changes = append(changes, Change{Field: "/restriction", After: encoded(c.Restriction)})
	}
	return c.move(VerbFile, act, "", changes)
}

// Accept takes the case on and gives it its number (L17–19, P20–24). Facts must be written down, and the claims too
// unless the committee acts on its own initiative; otherwise Conflict "case-incomplete".
func (c Case) Accept(acceptance Acceptance, act Act) (Case, Entry, error) {
	if err := c.ready(VerbAccept, act); err != nil {
		return Case{}, Entry{}, err
	}
	if acceptance.Number == "" || acceptance.Committee == "" {
		return Case{}, Entry{}, Fail(Invalid, "number-required",
			"A case is accepted with the committee's number.", "受理时必须编人调字号。")
	}
	changes := []Change{{Field: "/number", After: acceptance.Number}}
	if c.Committee != acceptance.Committee {
		changes = append(changes, Change{Field: "/committee", Before: string(c.Committee), After: string(acceptance.Committee)})
	}
	changed := c.clone()
	changed.Number, changed.Committee = acceptance.Number, acceptance.Committee
	at := act.At
	changed.AcceptedAt = &at
	return changed.move(VerbAccept, act, "", changes)
}

// Refuse ends the case without mediation, for a legal reason (P22, P24). The reason names the road that remains.
func (c Case) Refuse(refusal Refusal, act Act) (Case, Entry, error) {
	if err := c.ready(VerbRefuse, act); err != nil {
		return Case{}, Entry{}, err
	}
	refusal, err := refusal.checked(c.Type)
	if err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Refusal = &refusal
	changes := []Change{{Field: "/refusal/reason", After: string(refusal.Reason)}}
	return changed.move(VerbRefuse, act, refusal.Note, changes)
}

// Withdraw ends the case because the applicant does not want mediation any more (L23).
func (c Case) Withdraw(withdrawal Withdrawal, act Act) (Case, Entry, error) {
	if err := c.ready(VerbWithdraw, act); err != nil {
		return Case{}, Entry{}, err
	}
	withdrawal, err := withdrawal.checked(c)
	if err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Withdrawal = &withdrawal
	var changes []Change
	if withdrawal.By != "" {
		changes = append(changes, Change{Field: "/withdrawal/by", After: string(withdrawal.By)})
	}
	return changed.move(VerbWithdraw, act, withdrawal.Note, append(changes, changed.endSuspension(act)...))
}

// Correct puts fields right. When nothing differs, the case comes back as it is, at its old version, with an entry
// that has no changes: nothing needs to be stored.
func (c Case) Correct(correction Correction, act Act) (Case, Entry, error) {
	if err := c.ready(VerbCorrect, act); err != nil {
		return Case{}, Entry{}, err
	}
	changed, err := correction.applied(c, act)
	if err != nil {
		return Case{}, Entry{}, err
	}
	changes := differences(c, changed)
	if len(changes) == 0 {
		return c, Entry{}, nil
	}
	if reason := restrictionOf(changed, act.At); c.Restriction == "" && reason != "" && restrictionOf(c, act.At) == "" {
		changed = changed.restrictedAtFiling(act)
		changes = append(changes, Change{Field: "/restriction", After: encoded(reason)})
	}
	return changed.move(VerbCorrect, act, correction.Reason, changes)
}

// filing is the case's own content, the part that a filing brings and a correction changes.
func (c Case) filing() Filing {
	return Filing{
		Type: c.Type, Source: c.Source, Title: c.Title, Facts: c.Facts, Claims: c.Claims, Place: c.Place,
		PlaceCode: c.PlaceCode, Amount: c.Amount, People: c.People, OccurredOn: c.OccurredOn,
		Tags: slices.Clone(c.Tags), Parties: slices.Clone(c.Parties),
	}
}

func (c *Case) adopt(f Filing) {
	c.Type, c.Source, c.Title, c.Facts, c.Claims = f.Type, f.Source, f.Title, f.Facts, f.Claims
	c.Place, c.PlaceCode, c.Amount, c.People, c.OccurredOn = f.Place, f.PlaceCode, f.Amount, f.People, f.OccurredOn
	c.Tags, c.Parties = f.Tags, f.Parties
	if f.Amount != nil {
		amount := *f.Amount
		c.Amount = &amount
	}
}

// clone copies what a verb may change in place.
func (c Case) clone() Case {
	c.Tags, c.Parties = slices.Clone(c.Tags), slices.Clone(c.Parties)
	c.Mediators, c.Meetings, c.Dangers = slices.Clone(c.Mediators), slices.Clone(c.Meetings), slices.Clone(c.Dangers)
	c.Suspensions, c.Referrals, c.Transfers = slices.Clone(c.Suspensions), slices.Clone(c.Referrals), slices.Clone(c.Transfers)
	c.Papers = slices.Clone(c.Papers)
	c.Gradings, c.Assessments = slices.Clone(c.Gradings), slices.Clone(c.Assessments)
	if c.Agreement != nil {
		agreement := *c.Agreement
		agreement.Instalments = slices.Clone(agreement.Instalments)
		c.Agreement = &agreement
	}
	return c
}

// missingForAcceptance is what the law wants to be clear before a case is taken on (P24: a named other party, a
// definite claim, facts). Parties were already checked when the case was filed.
func (c Case) missingForAcceptance() []FieldError {
	var fields []FieldError
	if c.Facts == "" {
		fields = append(fields, FieldError{"/facts", "required-for-acceptance",
			"Write down the facts before accepting.", "受理前请先填写纠纷事实。"})
	}
	if c.Claims == "" && c.Source != SourceOwnInitiative {
		fields = append(fields, FieldError{"/claims", "required-for-acceptance",
			"Write down what the applicant asks for before accepting.", "受理前请先填写申请人的诉求。"})
	}
	return fields
}

func (a Act) check() error {
	if a.By.Issuer == "" || a.By.Subject == "" {
		return Fail(Unauthenticated, "actor-required",
			"A case is never changed without a person who answers for it.", "没有操作人，不能变更案件。")
	}
	return nil
}
