package mediation

import (
	"fmt"
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

// Override is a person's decision against what a rule computed. The reason is for whoever asks later.
type Override[T ~string] struct {
	Value  T         `json:"value"`
	Over   T         `json:"over"` // what the rule said when the person decided
	Reason string    `json:"reason"`
	By     Principal `json:"by"`
	At     time.Time `json:"at"`
}
