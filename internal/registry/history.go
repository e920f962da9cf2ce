package registry

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// ID is a UUIDv7 in its text form. The rooms above make ids.
type ID string

// Person is who answers for an act.
type Person struct {
	Issuer  string // the token's issuer
	Subject string // unique within the issuer
	Name    string
}

// Act is the circumstance of a verb: when, by whom, and where new ids come from.
type Act struct {
	At    time.Time
	By    Person
	NewID func() ID
}

// Entry is one line of a record's history: every change has exactly one, entries are never changed or removed.
type Entry struct {
	ID      ID
	Object  ID // the organisation, mediator or adviser
	At      time.Time
	By      Person
	Verb    string
	Version int64 // of the record after the change; entries count 1, 2, 3 …
	Changes []Change
	Reason  string
}

// Change is one field before and after, as JSON; absent is "".
type Change struct {
	Field  string // RFC 6901
	Before string
	After  string
}

// Check refuses an entry that cannot stand in a history. Stores ask before they write.
func (e Entry) Check() error {
	if e.ID == "" || e.Object == "" || e.By.Issuer == "" || e.By.Subject == "" || e.Verb == "" || e.Version < 1 {
		return refuse(Invalid, "history-entry",
			"An entry names its actor, its record, its verb and its version.", "变更记录必须写明操作人、对象、事项和版本。")
	}
	return nil
}

func (a Act) check() error {
	if a.By.Issuer == "" || a.By.Subject == "" {
		return refuse(Unauthenticated, "actor-required",
			"The registry is never changed without a person who answers for it.", "没有操作人，不能变更名册。")
	}
	return nil
}

func (a Act) entry(object ID, version int64, verb, reason string, changes []Change) Entry {
	return Entry{ID: a.NewID(), Object: object, At: a.At, By: a.By, Verb: verb, Version: version, Changes: changes, Reason: reason}
}

// differences compares two records of the same kind field by field, by the names of their JSON.
func differences(before, after any) []Change {
	was, is := fields(before), fields(after)
	names := slices.Collect(maps.Keys(was))
	for name := range is {
		if _, both := was[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var changes []Change
	for _, name := range names {
		if !bytes.Equal(was[name], is[name]) {
			changes = append(changes, Change{Field: "/" + name, Before: string(was[name]), After: string(is[name])})
		}
	}
	return changes
}

// fields takes plain data of this room, which always encodes.
func fields(record any) map[string]json.RawMessage {
	text, err := json.Marshal(record)
	if err != nil {
		return nil
	}
	var byName map[string]json.RawMessage
	if json.Unmarshal(text, &byName) != nil {
		return nil
	}
	return byName
}

// reasoned checks the reason that an act gives.
func reasoned(reason string, least int) (string, error) {
	var check checker
	reason = check.text("/reason", reason, least, maxNote)
	return reason, check.err("reason-required", "Say why.", "请写明理由。")
}
