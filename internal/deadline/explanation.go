package deadline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Explanation is a deadline in words and in parts: the lines are for people, the parts for screens that draw them.
type Explanation struct {
	FirstDay   Date          // day one of the count; no day for hours
	Skipped    []Day         // not counted: weekends and holidays, for working days
	MakeUps    []Day         // counted although Saturday or Sunday
	Pauses     []PauseEffect // in the order they were given
	Extensions []ExtensionEffect
	Rolled     []Day // the last day moved past these
	Lines      []Text
}

// PauseEffect is what a suspension did to the clock.
type PauseEffect struct {
	Pause   Pause
	Stops   bool // whether it holds this clock; an agreed last day settles those before it
	Days    int  // days it added; 0 for a clock of hours
	Minutes int  // minutes it added to a clock of hours
}

// ExtensionEffect is what an extension did to the clock.
type ExtensionEffect struct {
	Extension Extension
	DueDate   Date // the last day with this extension and those before it; no day while suspended
}

func pauseAt(i int, rest string) string     { return "/pauses/" + strconv.Itoa(i) + rest }
func extensionAt(i int, rest string) string { return "/extensions/" + strconv.Itoa(i) + rest }

// explain tells the computation in the order a clerk would: rule, start, what did not count, pauses, extensions,
// rolling, the day it is due, and what had to be assumed.
func (c *count) explain(result Deadline, e end, extensions []Extension, ignored []Pause) Explanation {
	x := Explanation{Skipped: e.skipped, MakeUps: e.makeUps, Rolled: e.rolled}
	x.ruleLines(c.rule)
	c.startLine(&x)
	x.skippedLines()
	c.pauseLines(&x, e, ignored)
	c.extensionLines(&x, extensions)
	x.rolledLine(c.rule, e)
	x.dueLine(result)
	x.assumedLines(result)
	return x
}

func (x *Explanation) say(zh, en string) { x.Lines = append(x.Lines, Text{zh, en}) }

func (x *Explanation) ruleLines(rule Rule) {
	basis := rule.basisWords()
	length := rule.Unit.words(rule.Length)
	if rule.Unit == UnitDate {
		length = Text{"每年 " + rule.On + " 前", "by " + rule.On + " of the year"}
	}
	x.say(fmt.Sprintf("规则：%s，%s。依据：%s%s。", rule.Title.ZH, length.ZH, basis.ZH, rule.Binding.suffix().ZH),
		fmt.Sprintf("Rule: %s, %s. Source: %s%s.", rule.Title.EN, length.EN, basis.EN, rule.Binding.suffix().EN))
	if rule.law != nil && (rule.Length != rule.law.Length || rule.Unit != rule.law.Unit) {
		legal := rule.law.Unit.words(rule.law.Length)
		x.say("地方规定缩短了法定期限；法定期限为 "+legal.ZH+"。", "A local rule shortens the statute, which gives "+legal.EN+".")
	}
	if rule.Note.ZH != "" {
		x.say("说明："+rule.Note.ZH, "Note: "+rule.Note.EN)
	}
}

// suffix marks what no statute demands.
func (b Binding) suffix() Text {
	switch b {
	case BindingLocal:
		return Text{"（地方规定）", " (local rule)"}
	case BindingProposed:
		return Text{"（建议时限，非法定）", " (suggested, no statute)"}
	default:
		return Text{}
	}
}

func (c *count) startLine(x *Explanation) {
	begin := DateOf(c.start)
	at := begin.words()
	event := c.rule.Start
	switch {
	case c.rule.Unit == UnitHour:
		clock := momentWords(c.start)
		x.say(fmt.Sprintf("起算：%s于%s，自该时刻起连续计算（民法典第201条）。", event.ZH, clock.ZH),
			fmt.Sprintf("Start: %s at %s; hours run on from that moment (Civil Code art. 201).", event.EN, clock.EN))
	case c.rule.Unit == UnitDate:
		x.say(fmt.Sprintf("起算：%s于%s。", event.ZH, at.ZH), fmt.Sprintf("Start: %s on %s.", event.EN, at.EN))
	case c.rule.StartDay == StartSame:
		x.FirstDay = begin
		x.say(fmt.Sprintf("起算：%s于%s，当日计入。", event.ZH, at.ZH),
			fmt.Sprintf("Start: %s on %s; that day counts.", event.EN, at.EN))
	case c.rule.Length == 0:
		x.FirstDay = begin
		x.say(fmt.Sprintf("起算：%s于%s，当日届满。", event.ZH, at.ZH),
			fmt.Sprintf("Start: %s on %s; it is due that day.", event.EN, at.EN))
	default:
		x.FirstDay = begin.AddDays(1)
		x.say(fmt.Sprintf("起算：%s于%s，当日不计入，自次日起算（民法典第201条）。", event.ZH, at.ZH),
			fmt.Sprintf("Start: %s on %s; that day does not count (Civil Code art. 201).", event.EN, at.EN))
	}
}

func (x *Explanation) skippedLines() {
	if len(x.Skipped) > 0 {
		words := dayList(x.Skipped)
		x.say(fmt.Sprintf("不计入的非工作日共 %d 天：%s。", len(x.Skipped), words.ZH),
			fmt.Sprintf("%d non-working day(s) did not count: %s.", len(x.Skipped), words.EN))
	}
	if len(x.MakeUps) > 0 {
		words := dayList(x.MakeUps)
		x.say("调休上班的周末计入："+words.ZH+"。", "Weekend days that are worked instead did count: "+words.EN+".")
	}
}

func (c *count) pauseLines(x *Explanation, e end, ignored []Pause) {
	for i, pause := range c.pauses {
		if pause.From.Before(e.since) {
			x.Pauses = append(x.Pauses, PauseEffect{Pause: pause})
			x.say(fmt.Sprintf("此前因%s的中止已由约定的届满日取代，不再另行扣除。", pause.Kind.Label().ZH),
				fmt.Sprintf("The earlier suspension for %s is settled by the agreed last day.", pause.Kind.Label().EN))
			continue
		}
		effect := PauseEffect{Pause: pause, Stops: true, Days: e.paused[i]}
		label, from := pause.Kind.Label(), DateOf(pause.From).words()
		amount := UnitDay.words(effect.Days)
		if c.rule.Unit == UnitHour {
			effect.Days, effect.Minutes = 0, e.paused[i]
			amount = Text{fmt.Sprintf("%d 分钟", effect.Minutes), fmt.Sprintf("%d minute(s)", effect.Minutes)}
			from = momentWords(pause.From)
		}
		x.Pauses = append(x.Pauses, effect)
		if pause.To.IsZero() {
			x.say(fmt.Sprintf("因%s自%s起中止，尚未恢复。", label.ZH, from.ZH),
				fmt.Sprintf("Suspended for %s from %s, not resumed yet.", label.EN, from.EN))
			continue
		}
		to := DateOf(pause.To).words()
		if c.rule.Unit == UnitHour {
			to = momentWords(pause.To)
		}
		x.say(fmt.Sprintf("因%s自%s中止，%s恢复，不计入 %s。", label.ZH, from.ZH, to.ZH, amount.ZH),
			fmt.Sprintf("Suspended for %s from %s, resumed %s: %s did not count.", label.EN, from.EN, to.EN, amount.EN))
	}
	for _, pause := range ignored {
		x.Pauses = append(x.Pauses, PauseEffect{Pause: pause})
		label := pause.Kind.Label()
		x.say(fmt.Sprintf("案件因%s中止，但该期限不因此停止计算。", label.ZH),
			fmt.Sprintf("The case was suspended for %s; this clock does not stop for that.", label.EN))
	}
}

func (c *count) extensionLines(x *Explanation, extensions []Extension) {
	for i, extension := range extensions {
		reached := c.run(extensions[:i+1])
		effect := ExtensionEffect{Extension: extension, DueDate: reached.last}
		if reached.open {
			effect.DueDate = Date{}
		}
		x.Extensions = append(x.Extensions, effect)
		by := Text{"各方当事人同意", "all parties agreed"}
		if extension.By == ByApproval {
			by = Text{"经批准", "approved"}
		}
		amount := c.rule.unitOf(extension).words(extension.Length)
		if !extension.Until.IsZero() {
			amount = extension.Until.words()
			x.say(fmt.Sprintf("%s，届满日改为%s。", by.ZH, amount.ZH), fmt.Sprintf("The last day is now %s (%s).", amount.EN, by.EN))
			continue
		}
		if reached.open {
			x.say(by.ZH+"，延长 "+amount.ZH+"。", "Extended by "+amount.EN+" ("+by.EN+").")
			continue
		}
		to := reached.last.words()
		x.say(fmt.Sprintf("%s，延长 %s，至%s。", by.ZH, amount.ZH, to.ZH),
			fmt.Sprintf("Extended by %s to %s (%s).", amount.EN, to.EN, by.EN))
	}
}

func (x *Explanation) rolledLine(rule Rule, e end) {
	if e.open || e.last == e.nominal {
		return
	}
	source, days := rule.Roll.Source.words(), dayList(e.rolled)
	nominal, last := e.nominal.words(), e.last.words()
	x.say(fmt.Sprintf("最后一日%s不是工作日（%s），顺延至%s，依据%s。", nominal.ZH, days.ZH, last.ZH, source.ZH),
		fmt.Sprintf("The last day, %s, is no working day (%s); it moves to %s by %s.", nominal.EN, days.EN, last.EN,
			source.EN))
}

func (x *Explanation) dueLine(result Deadline) {
	switch {
	case result.Paused:
		left := UnitDay.words(result.Remaining)
		switch result.Rule.Unit {
		case UnitHour:
			left = Text{fmt.Sprintf("%d 分钟", result.Remaining), fmt.Sprintf("%d minute(s)", result.Remaining)}
		case UnitWorkday:
			left = UnitWorkday.words(result.Remaining)
		default:
		}
		if result.Remaining == 0 {
			x.say("届满：中止期间暂不确定，恢复后的第一个工作日届满。",
				"Due: open while suspended; on the first working day once it resumes.")
			return
		}
		x.say("届满：中止期间暂不确定，恢复后还剩 "+left.ZH+"。", "Due: open while suspended; "+left.EN+" left after it resumes.")
	case result.Rule.Unit == UnitHour:
		at := momentWords(result.Due)
		x.say("届满："+at.ZH+"。", "Due: "+at.EN+".")
	default:
		last := result.DueDate.words()
		x.say("届满："+last.ZH+"24时（民法典第203条）。", "Due: end of "+last.EN+" (Civil Code art. 203).")
	}
}

func (x *Explanation) assumedLines(result Deadline) {
	for _, year := range result.AssumedYears {
		x.say(fmt.Sprintf("注意：%d年放假安排尚未公布，暂按周末休息、平日上班计算，公布后可能变动。", year),
			fmt.Sprintf("Note: the holidays of %d are not published; weekends alone were taken as free, and the day may "+
				"move once they are.", year))
	}
	x.say("规则版本："+result.RuleVersion+"；日历版本："+result.CalendarVersion+"。",
		"Rule: "+result.RuleVersion+"; calendar: "+result.CalendarVersion+".")
}

// dayList joins days, runs of one reason as a range: 10月1日–8日国庆节 stays short.
func dayList(days []Day) Text {
	var zh, en []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && sameReason(days[j], days[j+1]) {
			j++
		}
		reason := days[i].reason()
		span := days[i].Date.String()
		if j > i {
			span += " – " + days[j].Date.String()
		}
		zh, en = append(zh, span+" "+reason.ZH), append(en, span+" "+reason.EN)
		i = j + 1
	}
	return Text{strings.Join(zh, "、"), strings.Join(en, ", ")}
}

func sameReason(a, b Day) bool {
	return a.reason() == b.reason() && a.Date.AddDays(1) == b.Date
}

// reason is why the offices work on the day or not: 春节放假, 春节调休上班, 周末.
func (d Day) reason() Text {
	switch d.Kind {
	case Holiday:
		return Text{d.Name.ZH + "放假", d.Name.EN}
	case MakeUp:
		return Text{d.Name.ZH + "调休上班", "make-up workday for " + d.Name.EN}
	default:
		return d.Kind.Label()
	}
}

func momentWords(moment time.Time) Text {
	local := moment.In(Shanghai())
	date := DateOf(moment).words()
	return Text{date.ZH + local.Format("15:04"), date.EN + " " + local.Format("15:04")}
}
