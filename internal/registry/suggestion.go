package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Matter is what choosing a mediator needs to know of a dispute.
type Matter struct {
	Case        ID
	Day         string   // the day of the assignment, 2006-01-02
	DisputeType string   // code of the judicial statistics
	Fields      []string // further fields that help (保险, 知识产权)
	PlaceCode   string   // 12 digits; when it is not known, the tenant's 9
	Languages   []string // what the parties speak, where it matters
	Difficult   bool     // complex or major: full-time, skilled and experienced mediators first
	Parties     []MatterParty
	Recused     []ID // mediators who were recused from this case
}

// Pool is who may be chosen, with what they have on their desks.
type Pool struct {
	Mediators     []Mediator
	Organisations []Organisation
	Load          map[ID]int // open cases by mediator; absent is none
}

// Suggestion is a mediator who may be assigned, and why. A person decides.
type Suggestion struct {
	Mediator     ID
	Organisation ID // the place that brings the mediator nearest
	Score        int
	Reasons      []Reason
}

// Reason is one part of a suggestion's score, or one ground for leaving somebody out, in words.
type Reason struct {
	Code   string
	Points int
	ZH, EN string
}

// Exclusion says why a mediator is not suggested. It names no party.
type Exclusion struct {
	Mediator ID
	Reason
}

// What counts how much. Place comes first: small matters stay in the village, big ones in the town.
const (
	pointsVillage   = 40
	pointsTown      = 30
	pointsServes    = 20
	pointsNeighbour = 10
	pointsSkill     = 30
	pointsField     = 10
	pointsIndustry  = 20
	pointsLanguage  = 10
	pointsFullTime  = 10 // the three for a difficult matter only
	pointsMaster    = 10
	pointsYears     = 10
	pointsUnfiled   = -10
	pointsSameName  = -10
	pointsLeaveSoon = -10
	fullLoad        = 20 // points for an empty desk
	leaveSoonDays   = 14
	yearsOfPractice = 5 // that make an experienced mediator
)

// Suggest lists who may be assigned to a matter, the best first: by score, then the lighter desk, then by id. Who is
// recused, has a conflict of interest, is on leave or does not serve is never among them; Excluded says why.
func Suggest(matter Matter, pool Pool) []Suggestion {
	working := pool.working()
	var suggestions []Suggestion
	for _, m := range pool.Mediators {
		if _, out := exclude(m, matter, working); !out {
			suggestions = append(suggestions, suggest(m, matter, pool.Load[m.ID], working))
		}
	}
	slices.SortFunc(suggestions, func(a, b Suggestion) int {
		return cmp.Or(-cmp.Compare(a.Score, b.Score), cmp.Compare(pool.Load[a.Mediator], pool.Load[b.Mediator]),
			cmp.Compare(a.Mediator, b.Mediator))
	})
	return suggestions
}

// Excluded lists who of the pool is not suggested, each with the first reason that forbids it, by id.
func Excluded(matter Matter, pool Pool) []Exclusion {
	working := pool.working()
	var left []Exclusion
	for _, m := range pool.Mediators {
		if reason, out := exclude(m, matter, working); out {
			left = append(left, Exclusion{m.ID, reason})
		}
	}
	slices.SortFunc(left, func(a, b Exclusion) int { return cmp.Compare(a.Mediator, b.Mediator) })
	return left
}

// working are the organisations that work, by id.
func (p Pool) working() map[ID]Organisation {
	working := map[ID]Organisation{}
	for _, o := range p.Organisations {
		if o.Status == OrganisationActive {
			working[o.ID] = o
		}
	}
	return working
}

// exclude tells whether a mediator may not be chosen, and why not.
func exclude(m Mediator, matter Matter, working map[ID]Organisation) (Reason, bool) {
	no := func(code, zh, en string) (Reason, bool) { return Reason{Code: code, ZH: zh, EN: en}, true }
	leave, away := m.OnLeave(matter.Day)
	conflict, tied := m.ConflictWith(matter)
	switch {
	case m.Status != MediatorActive:
		label := labelOf(mediatorStatuses, string(m.Status))
		return no("not-active", "调解员状态为“"+label.ZH+"”", "The mediator is \""+label.EN+"\"")
	case !covers(m.TermFrom, m.TermTo, matter.Day):
		return no("out-of-term", "不在任期内", "Outside the term")
	case len(places(m, matter.Day, working)) == 0:
		return no("no-posting", "未在正常运行的调解组织任职", "No place in an organisation that works")
	case away:
		label := labelOf(leaveKinds, leave.Kind)
		return no("on-leave", "请假中（"+label.ZH+"）", "On leave ("+label.EN+")")
	case slices.Contains(matter.Recused, m.ID):
		return no("recused", "本案中已回避", "Recused from this case")
	case tied:
		label := labelOf(conflictKinds, string(conflict.Kind))
		return no("conflict-of-interest", "应当回避："+label.ZH, "Conflict of interest: "+label.EN)
	}
	return Reason{}, false
}

// places are the organisations that work and in which the mediator serves on a day.
func places(m Mediator, day string, working map[ID]Organisation) []Organisation {
	var at []Organisation
	for _, p := range m.Serving(day) {
		if o, works := working[p.Organisation]; works {
			at = append(at, o)
		}
	}
	return at
}

func suggest(m Mediator, matter Matter, load int, working map[ID]Organisation) Suggestion {
	s := Suggestion{Mediator: m.ID}
	at := places(m, matter.Day, working)
	s.place(at, matter)
	s.skill(m, at, matter)
	s.load(m, matter, load)
	if matter.Difficult {
		s.difficult(m, matter)
	}
	s.cautions(m, matter)
	return s
}

func (s *Suggestion) add(code string, points int, zh, en string) {
	s.Reasons = append(s.Reasons, Reason{code, points, zh, en})
	s.Score += points
}

// place counts the organisation that is nearest; of two equally near ones the smaller id.
func (s *Suggestion) place(at []Organisation, matter Matter) {
	slices.SortFunc(at, func(a, b Organisation) int {
		return cmp.Or(-cmp.Compare(a.near(matter.PlaceCode), b.near(matter.PlaceCode)), cmp.Compare(a.ID, b.ID))
	})
	s.Organisation = at[0].ID
	switch at[0].near(matter.PlaceCode) {
	case sameVillage:
		s.add("same-village", pointsVillage, "服务纠纷所在村（居）："+at[0].Name, "Serves the village of the dispute: "+at[0].Name)
	case sameTown:
		s.add("same-town", pointsTown, "服务纠纷所在乡镇（街道）："+at[0].Name, "Serves the town of the dispute: "+at[0].Name)
	case servesArea:
		s.add("serves-the-area", pointsServes, "服务范围包括纠纷所在地："+at[0].Name, "Serves the area of the dispute: "+at[0].Name)
	case neighbour:
		s.add("neighbour", pointsNeighbour, "与纠纷所在地同属一个乡镇（街道）："+at[0].Name, "In the town of the dispute: "+at[0].Name)
	case elsewhere:
		s.add("elsewhere", 0, "服务范围不包括纠纷所在地", "Serves another area")
	}
}

func (s *Suggestion) skill(m Mediator, at []Organisation, matter Matter) {
	known := len(s.Reasons)
	if matter.DisputeType != "" && slices.Contains(m.Skills, matter.DisputeType) {
		s.add("skill", pointsSkill, "擅长此类纠纷", "Skilled in this type of dispute")
	}
	industry := func(o Organisation) bool { return slices.Contains(o.DisputeTypes, matter.DisputeType) }
	if matter.DisputeType != "" && slices.ContainsFunc(at, industry) {
		s.add("industry", pointsIndustry, "所在组织专门办理此类纠纷", "The organisation handles this type of dispute")
	}
	if shared := common(m.Skills, matter.Fields); len(shared) > 0 {
		s.add("field", pointsField, "熟悉相关领域："+strings.Join(shared, "、"), "Knows the field: "+strings.Join(shared, ", "))
	}
	if len(s.Reasons) == known {
		s.add("no-skill", 0, "未登记此类纠纷的专长", "No skill in this type of dispute is written down")
	}
	if shared := common(m.Languages, matter.Languages); len(shared) > 0 {
		s.add("language", pointsLanguage, "语言相通："+strings.Join(shared, "、"), "Speaks "+strings.Join(shared, ", "))
	}
}

// load gives points for a light desk. A case weighs twice as much on a part-time desk.
func (s *Suggestion) load(m Mediator, matter Matter, open int) {
	weight := 2
	fullTime := m.FullTime(matter.Day)
	if fullTime {
		weight = 1
	}
	s.add("load", max(0, fullLoad-weight*open), fmt.Sprintf("在办案件 %d 件", open), fmt.Sprintf("Open cases: %d", open))
}

// difficult counts what a hard dispute wants more of than others: time, skill in its type, years of practice.
func (s *Suggestion) difficult(m Mediator, matter Matter) {
	if m.FullTime(matter.Day) {
		s.add("full-time", pointsFullTime, "专职调解员，适合疑难复杂纠纷", "Full-time, for a difficult dispute")
	}
	if matter.DisputeType != "" && slices.Contains(m.Skills, matter.DisputeType) {
		s.add("skill-for-difficult", pointsMaster, "疑难复杂纠纷，专长更为重要", "A difficult dispute wants the skill all the more")
	}
	if day, err := time.Parse(time.DateOnly, matter.Day); err == nil && m.StartedOn != "" && m.StartedOn <= day.AddDate(-yearsOfPractice, 0, 0).Format(time.DateOnly) {
		s.add("experienced", pointsYears, fmt.Sprintf("从事调解满%d年，适合疑难复杂纠纷", yearsOfPractice),
			fmt.Sprintf("A mediator for %d years or more, for a difficult dispute", yearsOfPractice))
	}
}

// cautions are what a person should think of before choosing.
func (s *Suggestion) cautions(m Mediator, matter Matter) {
	s.add("no-conflict", 0, "未发现回避情形", "No conflict of interest is known")
	sameName := func(p MatterParty) bool { return p.IdentityNumber == "" && p.Name == m.Name }
	if slices.ContainsFunc(matter.Parties, sameName) {
		s.add("same-name", pointsSameName, "与一名当事人同名，请核对是否本人", "Has the same name as a party: check that it is another person")
	}
	if !Filed(m.Filings) {
		s.add("not-filed", pointsUnfiled, "尚未备案", "Not filed with the bureau")
	}
	if day, err := time.Parse(time.DateOnly, matter.Day); err == nil {
		last := day.AddDate(0, 0, leaveSoonDays).Format(time.DateOnly)
		if leave, soon := m.nextLeave(matter.Day, last); soon {
			s.add("leave-soon", pointsLeaveSoon, "自 "+leave.From+" 起请假", "On leave from "+leave.From)
		}
	}
}

func common(a, b []string) []string {
	var shared []string
	for _, word := range a {
		if slices.Contains(b, word) {
			shared = append(shared, word)
		}
	}
	return shared
}
