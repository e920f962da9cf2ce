package casework

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// InForce is what a unit goes by on one day. It is read-only.
type InForce struct {
	Unit string
	Day  string // in Asia/Shanghai, 2006-01-02

	Rules     *deadline.Rules
	Calendar  *deadline.Calendar
	Mapping   mediation.TypeMapping
	Risk      mediation.RiskRule
	Grade     mediation.GradeRule
	Numbering mediation.NumberPattern

	Kinds []KindInForce // one for each kind, in the order of the code list

	all []mediation.Reference // what it was read from
}

// KindInForce is what a unit goes by of one kind, and why.
type KindInForce struct {
	Kind     mediation.ReferenceKind
	Version  string                // names every layer, the base first
	Layers   []mediation.Reference // the documents that count, the base first; the base has no body here
	Faults   []ReferenceFault      // documents that should count and cannot be read
	Upcoming []mediation.Reference // what comes into force later, in order
}

// ReferenceFault is a document that is left out, and why. What was in force before it goes on.
type ReferenceFault struct {
	Reference mediation.Reference
	Err       error
}

// Refusal is why in the words of the rules, with the field below /body.
func (f ReferenceFault) Refusal() *mediation.Error {
	var refusal *mediation.Error
	if errors.As(inBody(f.Err), &refusal) {
		return refusal
	}
	return mediation.Fail(mediation.Invalid, "unreadable", "The document cannot be read.", "文件无法读取。").WithCause(f.Err)
}

// Edition names what the clocks of this unit are computed by: whoever has computed them by another edition has to
// compute them again.
func (f *InForce) Edition() string {
	return f.deadlines().Version()
}

// Kind is what is in force of one kind.
func (f *InForce) Kind(kind mediation.ReferenceKind) (KindInForce, error) {
	for _, k := range f.Kinds {
		if k.Kind == kind {
			return k, nil
		}
	}
	return KindInForce{}, mediation.UnknownReference()
}

// deadlines are the rules and the calendar as package deadline takes them together.
func (f *InForce) deadlines() deadline.Edition {
	return deadline.Edition{Rules: f.Rules, Calendar: f.Calendar}
}

// NewInForce reads what a unit goes by on a day. Of each layer the latest document that can be read and laid over those
// below counts; one that cannot is a fault, and the one before it counts instead.
func NewInForce(unit, day string, all []mediation.Reference) *InForce {
	f := &InForce{
		Unit: unit, Day: day, Rules: deadline.BaseRules(), Calendar: deadline.BaseCalendar(), Mapping: mediation.BaseTypeMapping(),
		Risk: mediation.BaseRiskRule(), Grade: mediation.BaseGradeRule(), Numbering: mediation.BaseNumberPattern(),
		all: all,
	}
	for _, kind := range mediation.ReferenceKinds() {
		f.Kinds = append(f.Kinds, f.resolve(kind, all))
	}
	return f
}

func (f *InForce) resolve(kind mediation.ReferenceKind, all []mediation.Reference) KindInForce {
	k := KindInForce{Kind: kind, Layers: []mediation.Reference{f.base(kind)}}
	for _, unit := range mediation.ReferenceUnits(f.Unit) {
		for _, candidate := range mediation.ReferenceVersions(all, kind, unit, f.Day) {
			if candidate.Withdraws() {
				break
			}
			if err := f.lay(append(slices.Clone(k.Layers), candidate)); err != nil {
				k.Faults = append(k.Faults, ReferenceFault{candidate, err})
				continue
			}
			k.Layers = append(k.Layers, candidate)
			break
		}
	}
	names := make([]string, len(k.Layers))
	for i, layer := range k.Layers {
		names[i] = layer.String()
	}
	k.Version = strings.Join(names, "+")
	k.Upcoming = upcoming(all, kind, f.Unit, f.Day)
	return k
}

// upcoming are the documents of a kind that come into force after a day, in order.
func upcoming(all []mediation.Reference, kind mediation.ReferenceKind, unit, day string) []mediation.Reference {
	var later []mediation.Reference
	for _, r := range all {
		if r.Kind == kind && r.ValidFrom > day && slices.Contains(mediation.ReferenceUnits(unit), r.Unit) {
			later = append(later, r)
		}
	}
	slices.SortFunc(later, func(a, b mediation.Reference) int {
		return strings.Compare(a.ValidFrom+a.Unit+a.Version, b.ValidFrom+b.Unit+b.Version)
	})
	return later
}

// base is the program's own document of a kind, without its body.
func (f *InForce) base(kind mediation.ReferenceKind) mediation.Reference {
	base := mediation.Reference{Kind: kind, ValidFrom: "2020-01-01"}
	switch kind {
	case mediation.ReferenceCalendar:
		base.Version, base.Digest = deadline.BaseCalendar().Version(), deadline.BaseCalendar().Digest()
	case mediation.ReferenceClocks:
		base.Version, base.Digest = deadline.BaseRules().Version(), deadline.BaseRules().Digest()
	case mediation.ReferenceTypeMapping:
		base.Version = mediation.BaseTypeMapping().Version
	case mediation.ReferenceRiskRules:
		base.Version = mediation.BaseRiskRule().Version
	case mediation.ReferenceGradeRules:
		base.Version = mediation.BaseGradeRule().Version
	case mediation.ReferenceNumbering:
		base.Version = mediation.BaseNumberPattern().Version
	}
	return base
}

// lay reads a chain of one kind, the base first, and takes it over when it is sound.
func (f *InForce) lay(chain []mediation.Reference) (err error) {
	top := chain[len(chain)-1]
	if mediation.DigestOf(top.Body) != top.Digest {
		return mediation.Fail(mediation.Invalid, "reference-digest", "The document is not the one that was published: its digest differs.", "文件与发布时不一致：摘要不符。")
	}
	switch top.Kind {
	case mediation.ReferenceCalendar:
		err = laid(&f.Calendar, chain, deadline.BaseCalendarDocument, deadline.ParseCalendar, deadline.MergeCalendar)
	case mediation.ReferenceClocks:
		err = laid(&f.Rules, chain, deadline.BaseRulesDocument, deadline.ParseRules, deadline.MergeRules)
	case mediation.ReferenceTypeMapping:
		err = whole(&f.Mapping, top, mediation.ParseTypeMapping)
	case mediation.ReferenceRiskRules:
		err = whole(&f.Risk, top, mediation.ParseRiskRule)
	case mediation.ReferenceGradeRules:
		err = whole(&f.Grade, top, mediation.ParseGradeRule)
	case mediation.ReferenceNumbering:
		err = whole(&f.Numbering, top, mediation.ParseNumberPattern)
	default:
		err = mediation.UnknownReference()
	}
	return err
}

// laid merges documents that are changed field by field from layer to layer.
func laid[D, M any](into **M, chain []mediation.Reference, base func() D, parse func([]byte) (D, error), merge func(...D) (*M, error)) error {
	documents := []D{base()}
	for _, r := range chain[1:] {
		document, err := parse(r.Body)
		if err != nil {
			return err
		}
		documents = append(documents, document)
	}
	merged, err := merge(documents...)
	if err == nil {
		*into = merged
	}
	return err
}

// whole reads a document that stands for itself.
func whole[D any](into *D, r mediation.Reference, parse func([]byte) (D, error)) error {
	document, err := parse(r.Body)
	if err == nil {
		*into = document
	}
	return err
}

// CheckReference holds a checked document to its kind's own rules and to the layers below, as they are on the day from
// which it counts. all are the documents that its unit reads. Invalid "invalid-reference", with the field named below
// /body.
func CheckReference(r mediation.Reference, today string, all []mediation.Reference) error {
	if r.Withdraws() {
		return nil
	}
	var below []mediation.Reference
	for _, other := range all {
		if other.Unit != r.Unit {
			below = append(below, other)
		}
	}
	f := NewInForce(r.Unit, max(today, r.ValidFrom), below)
	k, err := f.Kind(r.Kind)
	if err != nil {
		return err
	}
	return inBody(f.lay(append(k.Layers, r)))
}

// Own are the unit's own documents of a kind, the latest revision first.
func (f *InForce) Own(kind mediation.ReferenceKind) []mediation.Reference {
	return documentsOf(f.all, f.Unit, kind)
}

func documentsOf(all []mediation.Reference, unit string, kind mediation.ReferenceKind) []mediation.Reference {
	var own []mediation.Reference
	for _, r := range all {
		if r.Kind == kind && r.Unit == unit {
			own = append(own, r)
		}
	}
	slices.SortFunc(own, func(a, b mediation.Reference) int { return cmp.Compare(b.Revision, a.Revision) })
	return own
}

// With is what would be in force, from the document's day on, without it and with it. Whatever publishing it would be
// refused for is refused.
func (f *InForce) With(r mediation.Reference) (before, after *InForce, err error) {
	earlier := documentsOf(f.all, r.Unit, r.Kind)
	day := max(f.Day, r.ValidFrom)
	before = NewInForce(f.Unit, day, f.all)
	if known, err := r.Succeeds(earlier); known || err != nil {
		return before, before, err
	}
	if err := CheckReference(r, f.Day, f.all); err != nil {
		return nil, nil, err
	}
	r.Revision = 1
	if len(earlier) > 0 {
		r.Revision = earlier[0].Revision + 1
	}
	return before, NewInForce(f.Unit, day, append(slices.Clone(f.all), r)), nil
}

// inBody says of a refusal of a document's parser where in a published document it stands.
func inBody(err error) error {
	var (
		ours   *mediation.Error
		theirs *deadline.Error
		refuse = mediation.Fail(mediation.Invalid, "invalid-reference", "The document breaks a rule: see errors.", "文件不符合规定，详见 errors。")
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &theirs):
		return refuse.WithFields(mediation.FieldError{
			Pointer: "/body" + theirs.Pointer, Code: theirs.Code, Message: theirs.Message.EN, MessageZH: theirs.Message.ZH,
		})
	case errors.As(err, &ours) && ours.Kind == mediation.Invalid && len(ours.Fields) > 0:
		for _, field := range ours.Fields {
			field.Pointer = "/body" + field.Pointer
			refuse = refuse.WithFields(field)
		}
		return refuse
	}
	return err
}

// Unpublished are the years from this one to the year after next whose holidays are not published: deadlines that reach
// into them follow the week alone and may still move.
func (f *InForce) Unpublished() []int {
	year, err := strconv.Atoi(f.Day[:4])
	if err != nil {
		return nil
	}
	var years []int
	for y := year; y <= year+2; y++ {
		if f.Calendar.Notice(y) == "" {
			years = append(years, y)
		}
	}
	return years
}

// String names what is in force, for logs.
func (f *InForce) String() string {
	var names []string
	for _, k := range f.Kinds {
		names = append(names, fmt.Sprintf("%s %s", k.Kind, k.Version))
	}
	return strings.Join(names, ", ")
}
