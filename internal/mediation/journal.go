package mediation

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Entry is one line of a case's journal: every change has exactly one, entries are never changed or removed.
type Entry struct {
	ID      ID
	Case    ID
	At      time.Time
	Actor   Actor
	Verb    Verb
	From    State // "" for the first entry
	To      State
	Version int64 // of the case after the change; entries of a case count 1, 2, 3 …
	// Changes and Reason hold personal and free text and are stored sealed.
	Changes []Change
	Reason  string
}

// Change is one field before and after. Lists and parties are JSON; a number is decimal; absent is "".
type Change struct {
	Field  string // RFC 6901 into the case; parties are addressed by id: /parties/<id>/phone
	Before string
	After  string
}

// Check refuses an entry that cannot stand in a journal: no actor, no case, no verb. Stores ask before they write.
func (e Entry) Check() error {
	if e.Actor.Issuer == "" || e.Actor.Subject == "" || e.ID == "" || e.Case == "" || e.Verb == "" || e.Version < 1 {
		return Fail(Invalid, "journal-entry",
			"A journal entry names its actor, its case, its verb and its version.", "留痕记录必须写明操作人、案件、事项和版本。")
	}
	return nil
}

// differences lists what a correction changed, field by field.
func differences(before, after Case) []Change {
	var changes []Change
	add := func(field, was, is string) {
		if was != is {
			changes = append(changes, Change{Field: field, Before: was, After: is})
		}
	}
	add("/type", string(before.Type), string(after.Type))
	add("/source", string(before.Source), string(after.Source))
	add("/title", before.Title, after.Title)
	add("/facts", before.Facts, after.Facts)
	add("/claims", before.Claims, after.Claims)
	add("/place", before.Place, after.Place)
	add("/placeCode", before.PlaceCode, after.PlaceCode)
	add("/amount", decimal(before.Amount), decimal(after.Amount))
	add("/people", strconv.Itoa(before.People), strconv.Itoa(after.People))
	add("/occurredOn", before.OccurredOn, after.OccurredOn)
	if !slices.Equal(before.Tags, after.Tags) {
		add("/tags", encoded(before.Tags), encoded(after.Tags))
	}
	return append(changes, partyDifferences(before.Parties, after.Parties)...)
}

func partyDifferences(before, after []Party) []Change {
	var changes []Change
	old := map[ID]Party{}
	for _, p := range before {
		old[p.ID] = p
	}
	var order []ID
	for _, p := range after {
		was, existed := old[p.ID]
		switch {
		case !existed:
			changes = append(changes, Change{Field: partyPath(p.ID), After: encoded(p)})
		default:
			order = append(order, p.ID)
			changes = append(changes, fieldDifferences(was, p)...)
		}
	}
	var kept []ID
	for _, p := range before {
		if slices.Contains(order, p.ID) {
			kept = append(kept, p.ID)
			continue
		}
		changes = append(changes, Change{Field: partyPath(p.ID), Before: encoded(p)})
	}
	if !slices.Equal(kept, order) {
		changes = append(changes, Change{Field: "/parties", Before: encoded(kept), After: encoded(order)})
	}
	return changes
}

func fieldDifferences(was, is Party) []Change {
	var changes []Change
	for _, f := range []struct{ name, was, is string }{
		{"side", string(was.Side), string(is.Side)},
		{"kind", string(was.Kind), string(is.Kind)},
		{"name", was.Name, is.Name},
		{"identityType", string(was.IdentityType), string(is.IdentityType)},
		{"identityNumber", was.IdentityNumber, is.IdentityNumber},
		{"identityOverride", was.IdentityOverride, is.IdentityOverride},
		{"sex", string(was.Sex), string(is.Sex)},
		{"ethnicity", was.Ethnicity, is.Ethnicity},
		{"bornOn", was.BornOn, is.BornOn},
		{"occupation", was.Occupation, is.Occupation},
		{"phone", was.Phone, is.Phone},
		{"address", was.Address, is.Address},
		{"legalRepresentative", was.LegalRepresentative, is.LegalRepresentative},
		{"agent/kind", string(was.Agent.Kind), string(is.Agent.Kind)},
		{"agent/name", was.Agent.Name, is.Agent.Name},
		{"agent/relation", was.Agent.Relation, is.Agent.Relation},
		{"agent/phone", was.Agent.Phone, is.Agent.Phone},
		{"agent/powerOnFile", truth(was.Agent.PowerOnFile), truth(is.Agent.PowerOnFile)},
	} {
		if f.was != f.is {
			changes = append(changes, Change{Field: partyPath(is.ID) + "/" + f.name, Before: f.was, After: f.is})
		}
	}
	return changes
}

func partyPath(id ID) string { return "/parties/" + string(id) }

func partyPointer(index int) string { return "/parties/" + strconv.Itoa(index) }

// truth writes what holds; what does not is absent.
func truth(holds bool) string {
	if holds {
		return "true"
	}
	return ""
}

func decimal(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// encoded writes plain data of this room, which always encodes.
func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
