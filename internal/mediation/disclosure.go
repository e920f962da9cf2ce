package mediation

import (
	"strconv"
	"strings"
)

// Purpose is why somebody wants to see what is masked.
type Purpose string

// The purposes.
const (
	PurposeContact     Purpose = "contact-party"
	PurposeVerify      Purpose = "verify-identity"
	PurposeServe       Purpose = "serve-document"
	PurposeHandOver    Purpose = "hand-over"
	PurposeSupervision Purpose = "supervision"
	PurposeCourt       Purpose = "court-request"
	PurposeDanger      Purpose = "danger"
	PurposeRepeat      Purpose = "repeat-party"
	PurposeRights      Purpose = "data-subject-request"
)

var purposes = []Code{
	{Code: string(PurposeContact), ZH: "联系当事人", EN: "To reach a party"},
	{Code: string(PurposeVerify), ZH: "核实身份", EN: "To verify an identity"},
	{Code: string(PurposeServe), ZH: "制作、送达文书", EN: "To make or serve a paper"},
	{Code: string(PurposeHandOver), ZH: "移送、转办", EN: "To hand the case over"},
	{Code: string(PurposeSupervision), ZH: "督办、检查", EN: "Supervision"},
	{Code: string(PurposeCourt), ZH: "法院、检察院调取", EN: "A court or procuratorate asks for it"},
	{Code: string(PurposeDanger), ZH: "处置险情", EN: "Danger"},
	{Code: string(PurposeRepeat), ZH: "核查重复当事人", EN: "To look into a repeat party"},
	{Code: string(PurposeRights), ZH: "当事人查询本人信息", EN: "A person asks for their own data", Note: "PIPL 45"},
}

// Known tells whether the purpose is on the list.
func (p Purpose) Known() bool { return listed(purposes, string(p)) }

// Disclosing is a person's reason to see what is masked. What is named is shown; nothing named is everything.
type Disclosing struct {
	Purpose Purpose
	Reason  string   // in words; for those who ask later
	Parties []ID     // whose, all when empty
	Fields  []string // which of them: of MaskedFields; all when empty
}

// Checked gives the reason as it is recorded, or Invalid "invalid-disclosure" with every violated rule.
func (d Disclosing) Checked() (Disclosing, error) {
	var check checker
	if !d.Purpose.Known() {
		check.fail("/purpose", codeProblem(string(d.Purpose)), "Choose a purpose from the list reveal-purposes.", "请从查看目的代码表中选择。")
	}
	d.Reason = check.text("/reason", d.Reason, 2, maxNote, manyLines)
	return d, check.err("invalid-disclosure", "What is asked for breaks a rule.", "查看申请不符合规定。")
}

// Disclosure is what is shown of one party: the plain values of the fields asked for that there are.
type Disclosure struct {
	Party  ID     // "" for whoever told of a lead
	Name   string // as the list of parties shows it to this actor, so that a person knows whose number it is
	Values []DisclosedValue
}

// DisclosedValue is one field in the clear.
type DisclosedValue struct{ Field, Value string }

// Of picks out of the parties what is asked for. shown is how much of names the actor sees anyway. Invalid
// "invalid-disclosure" for a party that is not there or a field that is never masked.
func (d Disclosing) Of(parties []Party, shown Mask) ([]Disclosure, error) {
	var check checker
	for i, id := range d.Parties {
		if partyOf(parties, id).ID == "" {
			check.fail("/parties/"+strconv.Itoa(i), "unknown-party", "Give the id of a party that is there.", "请填写已有当事人的标识。")
		}
	}
	for i, field := range d.Fields {
		if !maskedEver(field) {
			check.fail("/fields/"+strconv.Itoa(i), "unknown-code", "This is no field that is ever masked.", "该字段不属于脱敏字段。")
		}
	}
	var all []Disclosure
	for _, p := range parties {
		if wanted(d.Parties, p.ID) {
			all = append(all, Disclosure{Party: p.ID, Name: p.Masked(shown).Name, Values: d.values(p)})
		}
	}
	return all, check.err("invalid-disclosure", "What is asked for breaks a rule.", "查看申请不符合规定。")
}

func (d Disclosing) values(p Party) []DisclosedValue {
	values := []DisclosedValue{}
	for _, f := range partyFields {
		if value := *f.at(&p); value != "" && wanted(d.Fields, f.name) {
			values = append(values, DisclosedValue{f.name, value})
		}
	}
	return values
}

// Named are the fields that were shown, as a record names them: never what they hold.
func Named(disclosures []Disclosure) []string {
	var fields []string
	for _, d := range disclosures {
		path := partyPath(d.Party)
		if d.Party == "" {
			path = "/reporter"
		}
		for _, v := range d.Values {
			fields = append(fields, path+"/"+v.Field)
		}
	}
	return fields
}

// MaskedFields are the names of the fields that are ever masked.
func MaskedFields() []string {
	var names []string
	for _, f := range partyFields {
		names = append(names, f.name)
	}
	return names
}

func maskedEver(field string) bool { return wanted(MaskedFields(), field) }

// wanted tells whether a list names the thing; an empty one names everything.
func wanted[T ~string](list []T, thing T) bool {
	for _, listed := range list {
		if strings.EqualFold(string(listed), string(thing)) {
			return true
		}
	}
	return len(list) == 0
}

// DefaultDailyReveals is how many times a day a person may see what is masked, where the installation says nothing else.
const DefaultDailyReveals = 200

// RevealLimit is the answer to somebody who has seen as much as a day allows.
func RevealLimit() *Error {
	return Fail(Exhausted, "reveal-limit",
		"You have seen as many masked values as a day allows: go on tomorrow, or ask your director to look.",
		"您今日查看脱敏信息的次数已达上限：请明日再查，或者请主任查看。")
}

// OfLead picks out of a lead what is asked for: of its parties, and the phone of whoever told it unless only parties were
// named.
func (d Disclosing) OfLead(l Lead, shown Mask) ([]Disclosure, error) {
	all, err := d.Of(l.Parties, shown)
	if err != nil || len(d.Parties) > 0 {
		return all, err
	}
	if values := d.values(Party{Phone: l.Reporter.Phone}); len(values) > 0 {
		all = append(all, Disclosure{Name: l.Masked(shown).Reporter.Name, Values: values})
	}
	return all, nil
}
