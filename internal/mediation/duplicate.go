package mediation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// LikenessKind tells a lead from a case.
type LikenessKind string

// What a lead may turn out to be the same as.
const (
	LikeLead LikenessKind = "lead"
	LikeCase LikenessKind = "case"
)

// Likeness is what is compared of a lead or a case.
type Likeness struct {
	Kind      LikenessKind
	ID        ID
	Parties   []Party
	Place     string
	PlaceCode string
	Point     *Point
	At        time.Time // when it was found or filed
	Text      string
}

// Duplicate is a suggestion: this lead or case may be about the same matter, and why. A person decides.
type Duplicate struct {
	Kind  LikenessKind    `json:"kind"`
	ID    ID              `json:"id"`
	Score int             `json:"score"` // 1 to 100
	Parts []DuplicatePart `json:"parts,omitempty"`
}

// DuplicatePart is one thing that two have in common, with its share of the score.
type DuplicatePart struct {
	Code   string `json:"code"`
	Points int    `json:"points"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// What likenesses count. Same parties by identity weigh most: names and places repeat, numbers do not.
const (
	pointsIdentity     = 50
	pointsSecondParty  = 25
	pointsPhone        = 30
	pointsSamePlace    = 25
	pointsSameVillage  = 15
	pointsSameWeek     = 10
	pointsText         = 40 // for the same text; less in proportion
	leastTextPerMille  = 300
	nearDays           = 30
	weekDays           = 7
	nearMetres         = 200
	maxDuplicateScore  = 100
	suggestedFrom      = 25
	strongFrom         = 60
	metresPerDegree    = 111_320
	thousand           = 1000
	hoursOfDay         = 24
	mobileDigits       = 11
	maxDuplicatesShown = 20
)

// Strong tells whether somebody must have looked at it before the lead becomes a case of its own.
func (d Duplicate) Strong() bool { return d.Score >= strongFrom }

// Likeness is what of the lead is compared.
func (l Lead) Likeness() Likeness {
	return Likeness{
		Kind: LikeLead, ID: l.ID, Parties: l.Parties, Place: l.Place, PlaceCode: l.PlaceCode, Point: l.Point,
		At: l.FoundAt, Text: l.Cause,
	}
}

// Likeness is what of the case is compared.
func (c Case) Likeness() Likeness {
	return Likeness{
		Kind: LikeCase, ID: c.ID, Parties: c.Parties, Place: c.Place, PlaceCode: c.PlaceCode, At: c.FiledAt,
		Text: c.Title + "\n" + c.Facts,
	}
}

// Duplicates suggests which of the others may be about the same matter: highest score first, then the newest, then by
// id; at most 20. The thing itself is never among them.
func Duplicates(of Likeness, others []Likeness) []Duplicate {
	return NewDuplicateIndex(others).Find(of)
}

// DuplicateIndex holds likenesses prepared for comparison, so that a batch of thousands is compared quickly.
type DuplicateIndex struct {
	prints []likenessPrint
	words  map[bigram][]int // bigram → who has it
	keys   map[string][]int // party or place key → who has it
}

// likenessPrint is a likeness with what comparing needs, computed once.
type likenessPrint struct {
	Likeness
	identities, phones []string
	place              string
	bigrams            []bigram // sorted, each once
}

type bigram [2]rune

// NewDuplicateIndex prepares likenesses. It keeps them; do not change what they point to.
func NewDuplicateIndex(others []Likeness) *DuplicateIndex {
	index := &DuplicateIndex{words: map[bigram][]int{}, keys: map[string][]int{}}
	for _, other := range others {
		index.Add(other)
	}
	return index
}

// Add makes one more likeness known, for example a row of a batch that was just taken.
func (x *DuplicateIndex) Add(other Likeness) {
	p, at := printOf(other), len(x.prints)
	x.prints = append(x.prints, p)
	for _, b := range p.bigrams {
		x.words[b] = append(x.words[b], at)
	}
	for _, key := range p.keys() {
		x.keys[key] = append(x.keys[key], at)
	}
}

// Find suggests duplicates of one likeness, as Duplicates does.
func (x *DuplicateIndex) Find(of Likeness) []Duplicate {
	probe := printOf(of)
	var found []Duplicate
	when := map[string]time.Time{}
	for at, common := range x.shared(probe) {
		other := x.prints[at]
		if common == untouched || (other.Kind == of.Kind && other.ID == of.ID) {
			continue
		}
		if d := compare(probe, other, common); d.Score >= suggestedFrom {
			found = append(found, d)
			when[d.key()] = other.At
		}
	}
	slices.SortFunc(found, func(a, b Duplicate) int {
		return cmp.Or(-cmp.Compare(a.Score, b.Score), when[b.key()].Compare(when[a.key()]), cmp.Compare(a.key(), b.key()))
	})
	return found[:min(len(found), maxDuplicatesShown)]
}

// untouched marks who has neither a word nor a key in common.
const untouched = -1

// shared counts for each candidate the bigrams that it has in common with the probe. Who shares only a key has 0.
func (x *DuplicateIndex) shared(probe likenessPrint) []int {
	counts := make([]int, len(x.prints))
	for at, p := range x.prints {
		counts[at] = untouched
		if probe.Point != nil && p.Point != nil { // near points have no key of their own
			counts[at] = 0
		}
	}
	for _, key := range probe.keys() {
		for _, at := range x.keys[key] {
			counts[at] = 0
		}
	}
	for _, b := range probe.bigrams {
		for _, at := range x.words[b] {
			counts[at] = max(counts[at], 0) + 1
		}
	}
	return counts
}

func (d Duplicate) key() string { return string(d.Kind) + "/" + string(d.ID) }

func printOf(l Likeness) likenessPrint {
	p := likenessPrint{Likeness: l, place: squeezed(l.Place), bigrams: bigrams(l.Text)}
	for _, party := range l.Parties {
		if party.IdentityNumber != "" {
			p.identities = append(p.identities, string(party.IdentityType)+":"+party.IdentityNumber)
		}
		if number := dialled(party.Phone); number != "" {
			p.phones = append(p.phones, number)
		}
	}
	p.identities, p.phones = distinct(p.identities), distinct(p.phones)
	return p
}

func (p likenessPrint) keys() []string {
	keys := slices.Concat(prefixed("i", p.identities), prefixed("p", p.phones))
	if p.place != "" {
		keys = append(keys, "a"+p.place)
	}
	if p.PlaceCode != "" {
		keys = append(keys, "c"+p.PlaceCode)
	}
	return keys
}

// compare weighs what two have in common; shared is the number of their common bigrams.
func compare(a, b likenessPrint, shared int) Duplicate {
	d := Duplicate{Kind: b.Kind, ID: b.ID}
	d.parties(a, b)
	d.whereAndWhen(a, b)
	d.text(a, b, shared)
	d.Score = min(d.Score, maxDuplicateScore)
	return d
}

func (d *Duplicate) add(code string, points int, zh, en string) {
	d.Parts = append(d.Parts, DuplicatePart{code, points, zh, en})
	d.Score += points
}

func (d *Duplicate) parties(a, b likenessPrint) {
	switch same := inCommon(a.identities, b.identities); {
	case same > 1:
		d.add("same-parties", pointsIdentity+pointsSecondParty,
			fmt.Sprintf("%d 名当事人证件号码相同", same), fmt.Sprintf("%d parties have the same identity numbers", same))
	case same == 1:
		d.add("same-party", pointsIdentity, "一名当事人证件号码相同", "One party has the same identity number")
	case inCommon(a.phones, b.phones) > 0:
		d.add("same-phone", pointsPhone, "当事人电话号码相同", "A party has the same phone number")
	}
}

// whereAndWhen counts a place only when the time is near: the same yard sees many quarrels in the years.
func (d *Duplicate) whereAndWhen(a, b likenessPrint) {
	days := int(math.Abs(a.At.Sub(b.At).Hours())) / hoursOfDay
	if days > nearDays {
		return
	}
	switch metres := distance(a.Point, b.Point); {
	case a.place != "" && a.place == b.place:
		d.add("same-place", pointsSamePlace, "地点相同，时间相近", "The same place at a near time")
	case metres <= nearMetres:
		d.add("near-place", pointsSamePlace, "地点相距不到 200 米，时间相近", "Less than 200 metres apart at a near time")
	case a.PlaceCode != "" && a.PlaceCode == b.PlaceCode:
		d.add("same-village", pointsSameVillage, "同一村（居），时间相近", "The same village at a near time")
	default:
		return
	}
	if days <= weekDays {
		d.add("same-week", pointsSameWeek, "时间相距不到一周", "Within a week")
	}
}

// text counts Dice's coefficient over the bigrams of both texts: twice what they share by what both have.
func (d *Duplicate) text(a, b likenessPrint, shared int) {
	whole := len(a.bigrams) + len(b.bigrams)
	if whole == 0 {
		return
	}
	perMille := 2 * shared * thousand / whole
	if perMille < leastTextPerMille {
		return
	}
	d.add("similar-text", pointsText*perMille/thousand,
		"文字相似度 "+strconv.Itoa(perMille/10)+"%", "The texts are "+strconv.Itoa(perMille/10)+"% alike")
}

// unconsidered is Conflict "possible-duplicates" when strong look-alikes were not seen.
func unconsidered(found []Duplicate, considered []ID) error {
	var fields []FieldError
	for _, d := range found {
		if d.Strong() && !slices.Contains(considered, d.ID) {
			what := map[LikenessKind][2]string{LikeLead: {"lead", "线索"}, LikeCase: {"case", "案件"}}[d.Kind]
			fields = append(fields, FieldError{
				"/considered", "possible-duplicate",
				fmt.Sprintf("Look at the %s %s: join it, or add its id here if it is another matter.", what[0], d.ID),
				fmt.Sprintf("请核对%s %s：同一纠纷的请并入，不是同一纠纷的请将其标识填入此项。", what[1], d.ID),
			})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return Fail(Conflict, "possible-duplicates",
		"This may be known already: look at what is alike before a new case is made of it.",
		"可能与已有线索或者案件重复，请先核对再转为案件。").WithFields(fields...)
}

// squeezed is a text without what does not tell: only letters, digits and Han characters, in small letters.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// bigrams are the pairs of neighbouring characters within the text's sentences, sorted, each once.
func bigrams(text string) []bigram {
	var pairs []bigram
	var last rune
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			last = 0
			continue
		}
		if last != 0 {
			pairs = append(pairs, bigram{last, r})
		}
		last = r
	}
	slices.SortFunc(pairs, func(a, b bigram) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(pairs)
}

// dialled is a phone number's digits without the country code.
func dialled(phone string) string {
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	if len(number) > mobileDigits { // only then can it begin with the country's code
		number = strings.TrimPrefix(strings.TrimPrefix(number, "00"), "86")
	}
	return number
}

// distance is in metres, infinite when a point is missing. Flat earth is exact enough within a town.
func distance(a, b *Point) float64 {
	if a == nil || b == nil {
		return math.Inf(1)
	}
	north := (a.Latitude - b.Latitude) * metresPerDegree
	middle := (a.Latitude + b.Latitude) / 2 * math.Pi / 180
	east := (a.Longitude - b.Longitude) * metresPerDegree * math.Cos(middle)
	return math.Hypot(north, east)
}

func inCommon(a, b []string) int {
	count := 0
	for _, text := range a {
		if slices.Contains(b, text) {
			count++
		}
	}
	return count
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func prefixed(mark string, texts []string) []string {
	marked := make([]string, 0, len(texts))
	for _, text := range texts {
		marked = append(marked, mark+text)
	}
	return marked
}
