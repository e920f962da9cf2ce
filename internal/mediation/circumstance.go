package mediation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fact names one thing that difficulty and risk are judged by.
type Fact string

// The facts.
const (
	FactParties        Fact = "parties"
	FactPeople         Fact = "people"
	FactAmount         Fact = "amount"
	FactSessions       Fact = "sessions"
	FactFailedSessions Fact = "failed-sessions"
	FactInvestigations Fact = "investigations"
	FactInjured        Fact = "injured"
	FactDead           Fact = "dead"
	FactPoliceCalls    Fact = "police-calls"
	FactPetitions      Fact = "petitions"
	FactCrossTown      Fact = "cross-town"
	FactCrossCounty    Fact = "cross-county"
	FactThreat         Fact = "threat"
	FactVulnerable     Fact = "vulnerable"
	FactDangers        Fact = "dangers"
	FactReopened       Fact = "reopened"
)

// Circumstances are what is known of a dispute when it is graded. What is not known counts as nothing.
type Circumstances struct {
	Parties        int   `json:"parties"`
	People         int   `json:"people"`         // people concerned (涉及人数)
	Amount         int64 `json:"amount"`         // fen
	Sessions       int   `json:"sessions"`       // meetings held
	FailedSessions int   `json:"failedSessions"` // meetings that ended without agreement
	Investigations int   `json:"investigations"` // investigations, expert opinions and other work on evidence
	Injured        int   `json:"injured"`
	Dead           int   `json:"dead"`
	PoliceCalls    int   `json:"policeCalls"`
	Petitions      int   `json:"petitions"`
	CrossTown      bool  `json:"crossTown"` // parties or place in more than one town
	CrossCounty    bool  `json:"crossCounty"`
	Threat         bool  `json:"threat"`        // a weapon, or a threat of violence or suicide
	Minor          bool  `json:"minor"`         // a child is concerned
	MentalIllness  bool  `json:"mentalIllness"` // a history of mental illness
	Dangers        int   `json:"dangers"`       // dangers that were reported
	Reopened       bool  `json:"reopened"`      // a later volume of a dispute that had been closed
}

// Findings are what a case does not show: a person finds them out and answers for them. People counts those whom the
// case does not name.
type Findings struct {
	People        int  `json:"people,omitempty"`
	Injured       int  `json:"injured,omitempty"`
	Dead          int  `json:"dead,omitempty"`
	PoliceCalls   int  `json:"policeCalls,omitempty"`
	Petitions     int  `json:"petitions,omitempty"`
	CrossTown     bool `json:"crossTown,omitempty"`
	CrossCounty   bool `json:"crossCounty,omitempty"`
	Threat        bool `json:"threat,omitempty"`
	Minor         bool `json:"minor,omitempty"`
	MentalIllness bool `json:"mentalIllness,omitempty"`
}

// factRow is a fact with its words, and how it is read. Unit is empty for what is either so or not.
type factRow struct {
	Fact           Fact
	ZH, EN         string
	UnitZH, UnitEN string
	Read           func(Circumstances) int64
}

func factRows() []factRow {
	whole := func(read func(Circumstances) int) func(Circumstances) int64 {
		return func(c Circumstances) int64 { return int64(read(c)) }
	}
	truth := func(read func(Circumstances) bool) func(Circumstances) int64 {
		return func(c Circumstances) int64 { return int64(count(read(c))) }
	}
	return []factRow{
		{FactParties, "当事人", "Parties", "人", "", whole(func(c Circumstances) int { return c.Parties })},
		{FactPeople, "涉及人数", "People concerned", "人", "", whole(func(c Circumstances) int { return c.People })},
		{FactAmount, "涉案金额", "Amount", "元", " yuan", func(c Circumstances) int64 { return c.Amount }},
		{FactSessions, "调解次数", "Meetings", "次", "", whole(func(c Circumstances) int { return c.Sessions })},
		{FactFailedSessions, "未达成协议的调解次数", "Meetings without agreement", "次", "", whole(func(c Circumstances) int { return c.FailedSessions })},
		{FactInvestigations, "调查取证", "Work on evidence", "次", "", whole(func(c Circumstances) int { return c.Investigations })},
		{FactInjured, "受伤人数", "Injured people", "人", "", whole(func(c Circumstances) int { return c.Injured })},
		{FactDead, "死亡人数", "Dead people", "人", "", whole(func(c Circumstances) int { return c.Dead })},
		{FactPoliceCalls, "公安出警", "Police calls", "次", "", whole(func(c Circumstances) int { return c.PoliceCalls })},
		{FactPetitions, "信访", "Petitions", "次", "", whole(func(c Circumstances) int { return c.Petitions })},
		{FactCrossTown, "跨镇（街道）", "Across towns", "", "", truth(func(c Circumstances) bool { return c.CrossTown })},
		{FactCrossCounty, "跨县（区）", "Across counties", "", "", truth(func(c Circumstances) bool { return c.CrossCounty })},
		{FactThreat, "持械或者扬言实施暴力、自杀", "A weapon, or a threat of violence or suicide", "", "", truth(func(c Circumstances) bool { return c.Threat })},
		{FactVulnerable, "涉及未成年人或者有精神疾病史", "A child, or a history of mental illness", "", "",
			truth(func(c Circumstances) bool { return c.Minor || c.MentalIllness })},
		{FactDangers, "报告险情", "Reported dangers", "次", "", whole(func(c Circumstances) int { return c.Dangers })},
		{FactReopened, "再次立案", "Reopened", "", "", truth(func(c Circumstances) bool { return c.Reopened })},
	}
}

func (f Fact) row() (factRow, bool) {
	for _, row := range factRows() {
		if row.Fact == f {
			return row, true
		}
	}
	return factRow{}, false
}

// Known tells whether the fact is on the list.
func (f Fact) Known() bool {
	_, known := f.row()
	return known
}

// field is the name of the fact's field in JSON.
func (f Fact) field() string {
	words := strings.Split(string(f), "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// words say what was found and from where on it counts: 公安出警 8 次（3 次以上）.
func (r factRow) words(value, atLeast int64) (zh, en string) {
	if r.UnitZH == "" {
		return r.ZH, r.EN
	}
	have, from := strconv.FormatInt(value, 10), strconv.FormatInt(atLeast, 10)
	if r.Fact == FactAmount {
		have, from = yuan(value), yuan(atLeast)
	}
	return fmt.Sprintf("%s %s %s（%s %s以上）", r.ZH, have, r.UnitZH, from, r.UnitZH),
		fmt.Sprintf("%s: %s%s (%s or more)", r.EN, have, r.UnitEN, from)
}

// yuan writes fen as yuan, with the fen where there are some.
func yuan(fen int64) string {
	text := strconv.FormatInt(fen/100, 10)
	if rest := fen % 100; rest != 0 {
		text += fmt.Sprintf(".%02d", rest)
	}
	return text
}

// check is Invalid "invalid-circumstances" when something is counted below nothing or beyond what can be.
func (c Circumstances) check() error {
	var check checker
	for _, row := range factRows() {
		if value := row.Read(c); value < 0 || value > MaximumAmount {
			check.fail("/"+row.Fact.field(), "out-of-range", "Give a count from 0 up.", "请填写不小于 0 的数。")
		}
	}
	return check.err("invalid-circumstances", "What is known of the dispute breaks a rule.", "纠纷情况不符合规定。")
}

// threatening are the dangers that are a threat of violence or suicide.
var threatening = []DangerKind{"suicide", "crime", "mass-fight"}

// Measured are the circumstances that the case itself shows at a moment.
func (c Case) Measured(at time.Time) Circumstances {
	m := Circumstances{
		Parties: len(c.Parties), People: max(c.People, len(c.Parties)), Investigations: len(c.Investigations),
		Dangers: len(c.Dangers), Reopened: c.FirstVolume != "",
	}
	if c.Amount != nil {
		m.Amount = *c.Amount
	}
	for _, meeting := range c.Meetings {
		m.Sessions += count(meeting.Status == MeetingHeld)
		m.FailedSessions += count(meeting.Status == MeetingHeld && meeting.Result == MeetingNotAgreed)
	}
	m.Threat = slices.ContainsFunc(c.Dangers, func(d Danger) bool { return slices.Contains(threatening, d.Kind) })
	m.Minor = slices.ContainsFunc(c.Parties, func(p Party) bool { return p.minor(at) })
	return m
}

// ageOfMajority is eighteen years (民法典 art. 17).
const ageOfMajority = 18

// minor tells that the identity number is a child's.
func (p Party) minor(at time.Time) bool {
	if p.IdentityType != IdentityResidentID || len(p.IdentityNumber) != residentIDSize {
		return false
	}
	born, err := time.Parse("20060102", p.IdentityNumber[6:14])
	return err == nil && born.AddDate(ageOfMajority, 0, 0).Format(time.DateOnly) > LegalDay(at)
}

// circumstances join what the case shows and what a person found out; neither takes anything away from the other.
func (c Case) circumstances(f Findings, at time.Time) Circumstances {
	m := c.Measured(at)
	m.Injured, m.Dead, m.PoliceCalls, m.Petitions = f.Injured, f.Dead, f.PoliceCalls, f.Petitions
	m.CrossTown, m.CrossCounty, m.MentalIllness = f.CrossTown, f.CrossCounty, f.MentalIllness
	m.Threat, m.Minor = m.Threat || f.Threat, m.Minor || f.Minor
	if f.People < 0 || f.People > m.People {
		m.People = f.People
	}
	return m
}

// findings are what a person had found out when the circumstances were written down.
func (c Circumstances) findings() Findings {
	return Findings{
		People: c.People, Injured: c.Injured, Dead: c.Dead, PoliceCalls: c.PoliceCalls, Petitions: c.Petitions,
		CrossTown: c.CrossTown, CrossCounty: c.CrossCounty, Threat: c.Threat, Minor: c.Minor, MentalIllness: c.MentalIllness,
	}
}

// Override is a person's decision against what a rule computed. The reason is for whoever asks later.
type Override[T ~string] struct {
	Value  T         `json:"value"`
	Over   T         `json:"over"` // what the rule said when the person decided
	Reason string    `json:"reason"`
	By     Principal `json:"by"`
	At     time.Time `json:"at"`
}
