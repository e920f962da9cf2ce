package mediation

import (
	"slices"
	"strconv"
	"time"
)

const maxInstalments = 240

// ObligationKind tells paying from doing.
type ObligationKind string

// The kinds of obligations.
const (
	ObligationMoney ObligationKind = "money"
	ObligationAct   ObligationKind = "act"
)

var obligationKinds = []Code{
	{Code: string(ObligationMoney), ZH: "金钱给付", EN: "Payment"},
	{Code: string(ObligationAct), ZH: "作为或者不作为", EN: "Doing or not doing"},
}

// Obligation is one thing that somebody has to do by a day: pay an instalment, take down a wall.
type Obligation struct {
	Kind   ObligationKind `json:"kind"`
	What   string         `json:"what,omitempty"`   // required for an act
	Amount int64          `json:"amount,omitempty"` // fen; 0 for an act
	Due    string         `json:"due"`              // 2006-01-02
	From   ID             `json:"from,omitempty"`   // the party who owes; may be "" for an act
	To     ID             `json:"to,omitempty"`     // the party to whom it is owed; may be "" for an act
}

// Instalment is an obligation of the agreement with what has become of it. Numbers count from 1.
type Instalment struct {
	Number int `json:"number"`
	Obligation
	Paid       int64  `json:"paid,omitempty"`       // fen
	DoneOn     string `json:"doneOn,omitempty"`     // the day on which nothing was left of it
	BreachedOn string `json:"breachedOn,omitempty"` // the day on which its breach was recorded
	BreachNote string `json:"breachNote,omitempty"`
}

// Payment is one step of performance, with what proves it (履行凭证).
type Payment struct {
	Number     int    `json:"number"` // given by Perform
	Instalment int    `json:"instalment"`
	Amount     int64  `json:"amount,omitempty"` // fen; 0 for an act
	On         string `json:"on"`
	Voucher    string `json:"voucher"`
}

// Breach records that an obligation was not performed when it was due.
type Breach struct {
	Instalment int
	Note       string
	RoadsTold  bool // the parties know that they may sue, or enforce what a court has confirmed (L32, L33)
}

// Urging is one reminder to perform (L31).
type Urging struct {
	Number     int       `json:"number"` // given by Urge
	Instalment int       `json:"instalment"`
	Means      string    `json:"means"` // by telephone, at home, in writing …
	Note       string    `json:"note,omitempty"`
	At         time.Time `json:"at"` // given by Urge
}

// Performance is how far an agreement has been performed. It is computed, never stored.
type Performance string

// The states of performance.
const (
	PerformanceNone      Performance = "none"
	PerformanceDue       Performance = "due"
	PerformancePartly    Performance = "partly"
	PerformancePerformed Performance = "performed"
	PerformanceBreached  Performance = "breached"
)

var performances = []Code{
	{Code: string(PerformanceNone), ZH: "无须履行", EN: "Nothing agreed"},
	{Code: string(PerformanceDue), ZH: "待履行", EN: "To be performed"},
	{Code: string(PerformancePartly), ZH: "部分履行", EN: "Partly performed"},
	{Code: string(PerformancePerformed), ZH: "已履行", EN: "Performed"},
	{Code: string(PerformanceBreached), ZH: "未按约履行", EN: "Breached"},
}

// Performance tells how far the agreement has been performed; a breach stands until what was owed is done.
func (c Case) Performance() Performance {
	if c.Agreement == nil {
		return PerformanceNone
	}
	unfinished := c.Agreement.unfinished()
	breached := slices.ContainsFunc(unfinished, func(i Instalment) bool { return i.BreachedOn != "" })
	switch {
	case len(unfinished) == 0:
		return PerformancePerformed
	case breached:
		return PerformanceBreached
	case len(c.Payments) > 0:
		return PerformancePartly
	}
	return PerformanceDue
}

func (a Agreement) unfinished() []Instalment {
	var open []Instalment
	for _, i := range a.Instalments {
		if i.DoneOn == "" {
			open = append(open, i)
		}
	}
	return open
}

func (i Instalment) overdue(at time.Time) bool { return i.Due < LegalDay(at) }

// obligations checks that the instalments of an agreement are whole: each with its day, the money adding up.
func (c *checker) obligations(of Case, amount *int64, given []Obligation, earliest string) (*int64, []Instalment) {
	if len(given) == 0 || len(given) > maxInstalments {
		c.fail("/instalments", "out-of-range",
			"Say what is to be performed by when, in 1 to 240 items; what was done on the spot too.",
			"请列明履行事项和期限，1 至 240 项；当场履行的也须列明。")
		return nil, nil
	}
	sum, money := int64(0), false
	instalments := make([]Instalment, 0, len(given))
	for i, o := range given {
		o = c.obligation("/instalments/"+strconv.Itoa(i), of, o, earliest)
		if o.Kind == ObligationMoney && o.Amount > 0 && o.Amount <= MaximumAmount {
			sum += o.Amount
		}
		money = money || o.Kind == ObligationMoney
		instalments = append(instalments, Instalment{Number: i + 1, Obligation: o})
	}
	switch {
	case amount == nil && money:
		c.fail("/amount", "required", "Give the agreed amount in fen.", "请填写协议金额，以分为单位。")
	case amount != nil && (*amount < 1 || *amount > MaximumAmount):
		c.fail("/amount", "out-of-range", "An agreed amount is in fen, from 1 to 1000000000000000.", "协议金额以分为单位，应在 1 到 1000000000000000 之间。")
	case amount != nil && *amount != sum:
		c.fail("/instalments", "does-not-add-up", "The instalments do not add up to the agreed amount.", "各期金额合计与协议金额不一致。")
	}
	if amount == nil {
		return nil, instalments
	}
	agreed := *amount
	return &agreed, instalments
}

func (c *checker) obligation(pointer string, of Case, o Obligation, earliest string) Obligation {
	c.choice(pointer+"/kind", string(o.Kind), obligationKinds, "obligation-kinds", "履行事项类别")
	least := 0
	if o.Kind == ObligationAct {
		least = 1
	}
	o.What = c.text(pointer+"/what", o.What, least, maxNote, manyLines)
	switch {
	case o.Kind == ObligationMoney && (o.Amount < 1 || o.Amount > MaximumAmount):
		c.fail(pointer+"/amount", "out-of-range", "An instalment is in fen, from 1 to 1000000000000000.", "每期金额以分为单位，应在 1 到 1000000000000000 之间。")
	case o.Kind == ObligationAct && o.Amount != 0:
		c.fail(pointer+"/amount", "not-expected", "An act has no amount; list the payment as an item of its own.", "作为或者不作为不填金额，付款请另列一项。")
	}
	c.comingDay(pointer+"/due", o.Due, earliest)
	c.owed(pointer, of, o)
	return o
}

// owed checks between whom an obligation is. Money without both has nobody to pay or nobody to receive it, and no court
// could enforce it; an act may be owed by everybody or to everybody.
func (c *checker) owed(pointer string, of Case, o Obligation) {
	for _, side := range []struct {
		pointer, en, zh string
		party           ID
	}{
		{pointer + "/from", "Say which party pays.", "请写明由哪一方当事人支付。", o.From},
		{pointer + "/to", "Say which party is paid.", "请写明向哪一方当事人支付。", o.To},
	} {
		if o.Kind == ObligationMoney && side.party == "" {
			c.fail(side.pointer, "required", side.en, side.zh)
			continue
		}
		c.partyOf(side.pointer, of, side.party, false)
	}
	if o.From != "" && o.From == o.To {
		c.fail(pointer+"/to", "same-party", "Nobody owes anything to themselves: name the other party.", "义务人和权利人不能是同一当事人，请填写另一方。")
	}
}

// open finds an obligation that is not finished.
func (c *checker) openInstalment(of Case, number int) Instalment {
	for _, i := range of.Agreement.unfinished() {
		if i.Number == number {
			return i
		}
	}
	c.unknownNumber("/instalment", "an unfinished instalment", "未履行事项")
	return Instalment{}
}

// Perform records that something was performed, in whole or, for money, in part.
func (c Case) Perform(payment Payment, act Act) (Case, Entry, error) {
	if err := c.ready(VerbPerform, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Payments))
	due := check.openInstalment(c, payment.Instalment)
	left := due.Amount - due.Paid
	switch {
	case due.Number == 0:
	case due.Kind == ObligationMoney && (payment.Amount < 1 || payment.Amount > left):
		rest := strconv.FormatInt(left, 10)
		check.fail("/amount", "out-of-range",
			"Pay at least 1 fen, and not more than is left of the instalment: "+rest+" fen.",
			"履行金额至少 1 分，且不超过该期未付部分，即 "+rest+" 分。")
	case due.Kind == ObligationAct && payment.Amount != 0:
		check.fail("/amount", "not-expected", "An act has no amount.", "作为或者不作为不填金额。")
	}
	check.pastDay("/on", payment.On, act.At)
	if last, held := c.lastHeld(); held {
		check.notBefore("/on", payment.On, LegalDay(last.StartedAt), "before-agreement",
			"The day lies before the agreement.", "履行日期早于达成协议的日期。")
	}
	payment.Voucher = check.text("/voucher", payment.Voucher, 1, maxNote, manyLines)
	if err := check.err("invalid-performance", "The performance breaks a rule.", "履行记录不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	payment.Number = len(c.Payments) + 1
	changed := c.clone()
	changed.Payments = added(c.Payments, payment)
	instalment := &changed.Agreement.Instalments[payment.Instalment-1]
	instalment.Paid += payment.Amount
	if instalment.Paid == instalment.Amount {
		instalment.DoneOn = payment.On
	}
	return changed.move(VerbPerform, act, "", []Change{recorded("/payments", payment.Number, payment)})
}

// Breach records that an obligation is overdue and was not performed.
func (c Case) Breach(breach Breach, act Act) (Case, Entry, error) {
	if err := c.ready(VerbBreach, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	due := check.openInstalment(c, breach.Instalment)
	if due.Number != 0 && !due.overdue(act.At) {
		check.fail("/instalment", "not-overdue", "It is not overdue yet.", "履行期限尚未届满。")
	}
	if due.BreachedOn != "" {
		check.fail("/instalment", "already-breached", "Its breach was recorded before.", "该项未履行情况已经登记。")
	}
	note := check.text("/note", breach.Note, 1, maxNote, manyLines)
	check.roadsTold(breach.RoadsTold)
	if err := check.err("invalid-breach", "The breach breaks a rule.", "未履行记录不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	instalment := &changed.Agreement.Instalments[breach.Instalment-1]
	instalment.BreachedOn, instalment.BreachNote = LegalDay(act.At), note
	path := numberedPath("/agreement/instalments", instalment.Number) + "/breachedOn"
	return changed.move(VerbBreach, act, note, []Change{{Field: path, After: instalment.BreachedOn}})
}

// Urge records a reminder to perform (L31).
func (c Case) Urge(urging Urging, act Act) (Case, Entry, error) {
	if err := c.ready(VerbUrge, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.room("", len(c.Urgings))
	check.openInstalment(c, urging.Instalment)
	urging.Means = check.text("/means", urging.Means, 1, maxName, oneLine)
	urging.Note = check.text("/note", urging.Note, 0, maxNote, manyLines)
	if err := check.err("invalid-urging", "The reminder breaks a rule.", "督促记录不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	urging.Number, urging.At = len(c.Urgings)+1, act.At
	changed := c.clone()
	changed.Urgings = added(c.Urgings, urging)
	return changed.move(VerbUrge, act, "", []Change{recorded("/urgings", urging.Number, urging)})
}
