package mediation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRecords limits each list of a case (meetings, referrals, papers …). No dispute comes near it.
const maxRecords = 500

// More rules that the parts of a case have in common.

// choice takes a code that must be on a list.
func (c *checker) choice(pointer, given string, codes []Code, list, listZH string) {
	if !listed(codes, given) {
		c.fail(pointer, codeProblem(given), "Choose from the list "+list+".", "请从"+listZH+"代码表（"+list+"）中选择。")
	}
}

// choiceOf takes a code that must be one of some of a list, which it names.
func (c *checker) choiceOf(pointer, given string, codes []Code, list, listZH string) {
	if listed(codes, given) {
		return
	}
	var en, zh []string
	for _, code := range codes {
		en, zh = append(en, code.Code), append(zh, code.Code+" "+code.ZH)
	}
	c.fail(pointer, codeProblem(given), "Choose from the list "+list+", of which these fit here: "+strings.Join(en, ", ")+".",
		"请从"+listZH+"代码表（"+list+"）中选择，此处可用："+strings.Join(zh, "、")+"。")
}

// pastDay takes a real day that is not later than today.
func (c *checker) pastDay(pointer, day string, at time.Time) {
	if day == "" {
		c.fail(pointer, "required", "Give the day as YYYY-MM-DD.", "请填写日期，格式为 YYYY-MM-DD。")
		return
	}
	c.day(pointer, day, at)
}

// comingDay takes a real day from earliest on, and not beyond a hundred years.
func (c *checker) comingDay(pointer, day, earliest string) {
	parsed, err := time.Parse(time.DateOnly, day)
	switch {
	case day == "":
		c.fail(pointer, "required", "Give the day as YYYY-MM-DD.", "请填写日期，格式为 YYYY-MM-DD。")
	case err != nil:
		c.fail(pointer, "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	case day < earliest:
		c.fail(pointer, "too-early", "The day lies before "+earliest+".", "日期不能早于 "+earliest+"。")
	case parsed.Year() >= maxYear:
		c.fail(pointer, "out-of-range", "The day lies too far ahead.", "日期过晚。")
	}
}

// notBefore takes a day that is not earlier than another; days that are no days are reported elsewhere.
func (c *checker) notBefore(pointer, day, earliest, code, en, zh string) {
	if day != "" && day < earliest {
		c.fail(pointer, code, en, zh)
	}
}

// pastMoment takes a moment that has come.
func (c *checker) pastMoment(pointer string, moment, at time.Time) {
	switch {
	case moment.IsZero():
		c.fail(pointer, "required", "Give the moment.", "请填写时间。")
	case moment.After(at):
		c.fail(pointer, "in-the-future", "The moment lies in the future.", "时间不能晚于现在。")
	}
}

// room refuses one more record when a list is full.
func (c *checker) room(pointer string, have int) {
	if have >= maxRecords {
		c.fail(pointer, "too-many", "The case has as many of these as it may.", "该案此类记录已达上限。")
	}
}

// partyOf takes the id of a party of the case; "" passes when it is not required.
func (c *checker) partyOf(pointer string, of Case, id ID, required bool) {
	if id == "" && !required {
		return
	}
	if !of.hasParty(id) {
		c.fail(pointer, "unknown-party", "Give the id of a party of this case.", "请填写本案当事人的标识。")
	}
}

// everyParty takes the ids of all parties of the case, each once: what needs everybody's consent.
func (c *checker) everyParty(pointer string, of Case, given []ID) {
	if len(given) > maxParties {
		c.fail(pointer, "too-many", "Name each party once.", "每名当事人只填一次。")
		return
	}
	for i, id := range given {
		at := pointer + "/" + strconv.Itoa(i)
		if !of.hasParty(id) {
			c.fail(at, "unknown-party", "Give the id of a party of this case.", "请填写本案当事人的标识。")
		} else if slices.Contains(given[:i], id) {
			c.fail(at, "duplicate", "Name each party once.", "每名当事人只填一次。")
		}
	}
	for _, p := range of.Parties {
		if !slices.Contains(given, p.ID) {
			c.fail(pointer, "every-party-required",
				"Every party must take part; "+p.called()+" is missing.", "须全体当事人同意，缺少当事人 "+p.called()+"。")
		}
	}
}

// called is how a refusal names a party: by the name, with the id by which the command names it. Only the commands of
// people who see the parties as they are ask for a party.
func (p Party) called() string { return p.Name + " (" + string(p.ID) + ")" }

func (c Case) hasParty(id ID) bool {
	return slices.ContainsFunc(c.Parties, func(p Party) bool { return p.ID == id })
}

func numberedPath(list string, number int) string { return list + "/" + strconv.Itoa(number) }

// added puts a record behind a list without touching memory that an older copy of the case still shows.
func added[T any](list []T, record T) []T { return append(slices.Clip(list), record) }

// recorded is the journal's line about a new record.
func recorded(list string, number int, record any) Change {
	return Change{Field: numberedPath(list, number), After: encoded(record)}
}
