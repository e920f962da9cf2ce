package registry

import (
	"slices"
	"strings"
	"time"
)

// MediatorStatus is whether a mediator serves.
type MediatorStatus string

// The statuses. Left and removed are final; who comes back is registered again.
const (
	MediatorActive    MediatorStatus = "active"
	MediatorSuspended MediatorStatus = "suspended"
	MediatorLeft      MediatorStatus = "left"
	MediatorRemoved   MediatorStatus = "removed"
)

// adult is the age from which a citizen can be a mediator (L14).
const adult = 18

// Mediator is a person who mediates, under the real name (实名登记). It is a value: every verb returns a changed copy.
type Mediator struct {
	ID      ID
	Tenant  string // 9-digit code of the tenant that keeps the record
	Version int64
	Status  MediatorStatus

	MediatorContent
	Verification *Verification // nil until the identity was verified
	Postings     []Posting
	Leaves       []Leave
	Conflicts    []ConflictOfInterest
	Filings      []Filing // 备案, oldest first
	Owes         Owed     // what is still to be filed

	CreatedAt, UpdatedAt time.Time
}

// MediatorContent is what is written down of a mediator. Identity, phone and birthday are personal data: the rooms above
// seal them.
type MediatorContent struct {
	Name            string   `json:"name"`
	Sex             string   `json:"sex,omitempty"`    // male, female
	BornOn          string   `json:"bornOn,omitempty"` // 2006-01-02
	Ethnicity       string   `json:"ethnicity,omitempty"`
	IdentityType    string   `json:"identityType,omitempty"`
	IdentityNumber  string   `json:"identityNumber,omitempty"` // checked by the caller
	Phone           string   `json:"phone,omitempty"`
	PoliticalStatus string   `json:"politicalStatus,omitempty"`
	Education       string   `json:"education,omitempty"`
	Major           string   `json:"major,omitempty"`
	Employer        string   `json:"employer,omitempty"`
	Occupation      string   `json:"occupation,omitempty"`
	Issuer          string   `json:"issuer,omitempty"`  // with Subject: the account, so that recusal binds at sign-in
	Subject         string   `json:"subject,omitempty"` // of the account
	Chosen          string   `json:"chosen,omitempty"`  // elected, appointed
	Certificate     string   `json:"certificate,omitempty"`
	StartedOn       string   `json:"startedOn,omitempty"`
	TermFrom        string   `json:"termFrom,omitempty"`
	TermTo          string   `json:"termTo,omitempty"`
	Skills          []string `json:"skills,omitempty"` // types of dispute by code, or special fields in words
	Languages       []string `json:"languages,omitempty"`
}

// Verification is how and when an identity was verified. It falls when the name or the identity changes.
type Verification struct {
	Method string    `json:"method"` // of the list verification-methods
	At     time.Time `json:"at"`
	By     Person    `json:"by"`
}

// RegisterMediator takes a mediator down, active, at version 1. Violated rules are Invalid "invalid-mediator".
func RegisterMediator(content MediatorContent, tenant string, act Act) (Mediator, Entry, error) {
	if err := act.check(); err != nil {
		return Mediator{}, Entry{}, err
	}
	content, err := content.Checked(act.At)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	m := Mediator{
		ID: act.NewID(), Tenant: tenant, Status: MediatorActive, MediatorContent: content, CreatedAt: act.At,
		Owes: Owed{FilingNew, LegalDay(act.At)},
	}
	return m.moved("register", act, "", differences(MediatorContent{}, content))
}

// Change puts the content right. When nothing differs it comes back as it is, with an empty entry.
func (m Mediator) Change(content MediatorContent, reason string, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	reason, err := reasoned(reason, 0)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	content, err = content.Checked(act.At)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	changes := differences(m.MediatorContent, content)
	if len(changes) == 0 {
		return m, Entry{}, nil
	}
	if content.IdentityNumber == "" && m.everFullTime(LegalDay(act.At)) {
		return Mediator{}, Entry{}, identityRequired()
	}
	if m.Verification != nil && !content.samePerson(m.MediatorContent) {
		changes = append(changes, Change{Field: "/verification", Before: m.Verification.Method})
		m.Verification = nil
	}
	m.MediatorContent = content
	m.Owes = m.Owes.changed(m.Filings, LegalDay(act.At))
	return m.moved("change", act, reason, changes)
}

func (c MediatorContent) samePerson(other MediatorContent) bool {
	return c.Name == other.Name && c.IdentityType == other.IdentityType && c.IdentityNumber == other.IdentityNumber
}

// Verify takes down that the identity was verified.
func (m Mediator) Verify(method string, act Act) (Mediator, Entry, error) {
	if err := m.ready(act); err != nil {
		return Mediator{}, Entry{}, err
	}
	var check checker
	check.code("/method", method, verificationMethods, 1)
	if m.IdentityNumber == "" {
		check.fail("/identityNumber", "required", "Write the identity number down before it is verified.", "请先填写证件号码再核验。")
	}
	if err := check.err("invalid-verification", "The verification breaks a rule.", "实名核验内容不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	m.Verification = &Verification{Method: method, At: act.At, By: act.By}
	return m.moved("verify", act, "", []Change{{Field: "/verification", After: method}})
}

// Suspend stops an active mediator for a time.
func (m Mediator) Suspend(reason string, act Act) (Mediator, Entry, error) {
	return m.become(MediatorSuspended, "suspend", reason, act, MediatorActive)
}

// Resume lets a suspended mediator serve again.
func (m Mediator) Resume(reason string, act Act) (Mediator, Entry, error) {
	return m.become(MediatorActive, "resume", reason, act, MediatorSuspended)
}

// Depart ends the service of a mediator who goes; every posting ends that day.
func (m Mediator) Depart(reason string, act Act) (Mediator, Entry, error) {
	return m.become(MediatorLeft, "depart", reason, act, MediatorActive, MediatorSuspended)
}

// Remove ends the service of a mediator on a ground of the list mediator-removal-grounds (L14, L15).
func (m Mediator) Remove(ground, reason string, act Act) (Mediator, Entry, error) {
	var check checker
	check.code("/ground", ground, removalGrounds, 1)
	if err := check.err("invalid-removal", "The removal breaks a rule.", "罢免解聘内容不符合规定。"); err != nil {
		return Mediator{}, Entry{}, err
	}
	removed, entry, err := m.become(MediatorRemoved, "remove", reason, act, MediatorActive, MediatorSuspended)
	if err == nil {
		entry.Changes = append(entry.Changes, Change{Field: "/removal/ground", After: ground})
	}
	return removed, entry, err
}

func (m Mediator) become(to MediatorStatus, verb, reason string, act Act, from ...MediatorStatus) (Mediator, Entry, error) {
	if err := act.check(); err != nil {
		return Mediator{}, Entry{}, err
	}
	if !slices.Contains(from, m.Status) {
		label := labelOf(mediatorStatuses, string(m.Status))
		return Mediator{}, Entry{}, refuse(Conflict, "mediator-status",
			"The mediator is \""+label.EN+"\"; that does not allow it.", "该调解员当前为“"+label.ZH+"”，不能办理此事项。")
	}
	reason, err := reasoned(reason, 1)
	if err != nil {
		return Mediator{}, Entry{}, err
	}
	changes := []Change{{"/status", string(m.Status), string(to)}}
	m.Status = to
	if m.gone() {
		m.Postings = endedBy(m.Postings, LegalDay(act.At))
		m.Owes = ended(m.Filings, LegalDay(act.At))
	}
	return m.moved(verb, act, reason, changes)
}

func (m Mediator) gone() bool { return m.Status == MediatorLeft || m.Status == MediatorRemoved }

func (m Mediator) ready(act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	if m.gone() {
		return refuse(Conflict, "mediator-status", "The mediator has gone and the record stays as it is; register anew.",
			"该调解员已离任，不能再变更；重新任职的请重新登记。")
	}
	return nil
}

func (m Mediator) moved(verb string, act Act, reason string, changes []Change) (Mediator, Entry, error) {
	m.Version++
	m.UpdatedAt = act.At
	return m, act.entry(m.ID, m.Version, verb, reason, changes), nil
}

// Checked gives the content as it is stored, or Invalid "invalid-mediator" with every violated rule.
func (c MediatorContent) Checked(at time.Time) (MediatorContent, error) {
	var check checker
	c.Name = check.text("/name", c.Name, 1, maxName)
	if c.Sex != "" && c.Sex != "male" && c.Sex != "female" {
		check.fail("/sex", "unknown-code", "Choose male or female, or leave it out.", "请选择男或者女，或者不填。")
	}
	for _, f := range []struct {
		pointer string
		value   *string
		most    int
	}{
		{"/ethnicity", &c.Ethnicity, maxWord}, {"/identityType", &c.IdentityType, maxWord},
		{"/identityNumber", &c.IdentityNumber, maxWord}, {"/phone", &c.Phone, maxPhone},
		{"/politicalStatus", &c.PoliticalStatus, maxWord}, {"/education", &c.Education, maxWord},
		{"/major", &c.Major, maxName}, {"/employer", &c.Employer, maxText}, {"/occupation", &c.Occupation, maxName},
		{"/issuer", &c.Issuer, maxText}, {"/subject", &c.Subject, maxText}, {"/certificate", &c.Certificate, maxName},
	} {
		*f.value = check.text(f.pointer, *f.value, 0, f.most)
	}
	c.IdentityNumber = strings.ToUpper(c.IdentityNumber)
	if (c.IdentityType == "") != (c.IdentityNumber == "") {
		check.fail("/identityNumber", "incomplete", "Give the paper and its number together.", "证件类型和证件号码应当同时填写。")
	}
	if (c.Issuer == "") != (c.Subject == "") {
		check.fail("/subject", "incomplete", "Give the account's issuer and subject together.", "账号的颁发者和标识应当同时填写。")
	}
	check.code("/chosen", c.Chosen, choices, 0)
	check.service(c, at)
	c.Skills = check.words("/skills", c.Skills)
	c.Languages = check.words("/languages", c.Languages)
	return c, check.err("invalid-mediator", "The mediator breaks a rule.", "调解员信息不符合规定。")
}

// service checks the days of a life in service: a mediator is of age at the start (L14).
func (c *checker) service(m MediatorContent, at time.Time) {
	c.day("/bornOn", m.BornOn, 0)
	c.past("/bornOn", m.BornOn, at)
	c.day("/startedOn", m.StartedOn, 0)
	c.day("/termFrom", m.TermFrom, 0)
	c.day("/termTo", m.TermTo, 0)
	c.span("/termTo", m.TermFrom, m.TermTo)
	start := m.StartedOn
	if start == "" {
		start = LegalDay(at)
	}
	born, err := time.Parse(time.DateOnly, m.BornOn)
	if err == nil && born.AddDate(adult, 0, 0).Format(time.DateOnly) > start {
		c.fail("/bornOn", "not-of-age", "A mediator is an adult citizen (L14).", "人民调解员应当由成年公民担任（人民调解法第十四条）。")
	}
}

// Gaps are what real-name registration wants and the record does not show yet. Filing waits for them.
func (m Mediator) Gaps() []FieldError {
	var check checker
	if m.Verification == nil {
		check.fail("/verification", "required-for-filing", "Verify the identity.", "请完成实名核验。")
	}
	if m.Chosen == "" {
		check.fail("/chosen", "required-for-filing", "Say whether the mediator was elected or appointed.", "请填写产生方式（推选或者聘任）。")
	}
	if m.StartedOn == "" {
		check.fail("/startedOn", "required-for-filing", "Say when the service began.", "请填写任职日期。")
	}
	if len(m.Postings) == 0 {
		check.fail("/postings", "required-for-filing", "Name the organisation.", "请填写所属调解组织。")
	}
	return check.fields
}

// Account tells whether the mediator is the person of an account.
func (m Mediator) Account(issuer, subject string) bool {
	return subject != "" && m.Issuer == issuer && m.Subject == subject
}
