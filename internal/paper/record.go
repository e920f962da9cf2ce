package paper

import (
	"fmt"
	"strings"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// record is the 人民调解记录 of one meeting. Of a meeting that is still to come the body is left for the pen.
func (f form) record() {
	s, c := f.sheet, f.Case
	m, _ := c.MeetingOf(f.Document.Meeting)
	held := m.Status == mediation.MeetingHeld
	s.title("人民调解记录", sizeTitle)
	s.title(fmt.Sprintf("（第%s次）", ordinal(f.Document.Meeting)), sizeBody)
	s.space(4)
	s.right(f.reference(), sizeTable)
	s.space(4)
	s.row(26, label("事由", 29), value(c.Title, 127))
	s.row(26, label("时间", 29), value(f.meetingTime(m), 127))
	s.row(26, label("地点", 29), value(m.Place, 127))
	f.recordParties(m)
	s.row(26, label("参加人", 29), value(f.guests(m), 127))
	s.row(26, label("人民调解员", 29), value(f.present(m, mediation.AttendeeMediator, f.mediators()), 49),
		label("记录人", 24), value(f.present(m, mediation.AttendeeRecorder, ""), 54))
	s.row(26, label("权利义务告知", 29), value(tick(held && m.RightsTold, "已告知　　")+tick(held && !m.RightsTold, "未告知"), 49),
		label("调解方式", 24), value(tick(held && m.Public, "公开　　")+tick(held && !m.Public, "不公开"), 54))
	s.space(8)
	s.heading("调解记录：")
	if held {
		s.paragraphs(m.Content)
	} else {
		s.lines(12)
	}
	s.space(8)
	f.recordResult(m)
}

func (f form) meetingTime(m mediation.Meeting) string {
	text := minuteOf(m.StartedAt)
	if m.EndedAt != nil {
		return text + "至" + minuteOf(*m.EndedAt)
	}
	return text + "至　　时　　分"
}

// recordParties lists the parties with who speaks for them.
func (f form) recordParties(m mediation.Meeting) {
	agents := map[mediation.ID][]string{}
	there := map[mediation.ID]bool{}
	for _, a := range m.Attendees {
		switch a.Role {
		case mediation.AttendeeAgent:
			agents[a.Party] = append(agents[a.Party], a.Name)
		case mediation.AttendeeParty:
			there[a.Party] = true
		default: // the record's other rows name them
		}
	}
	s := f.sheet
	s.row(22, label("序号", 14), label("当事人", 62), label("地位", 24), label("代理人", 36), label("到场", 20))
	for i, p := range f.Case.Parties {
		presence := ""
		if there[p.ID] || len(agents[p.ID]) > 0 {
			presence = "到场"
		}
		s.row(22, centred(fmt.Sprint(i+1), 14), value(p.Name, 62), centred(f.word("party-sides", string(p.Side)), 24),
			value(strings.Join(agents[p.ID], "、"), 36), centred(presence, 20))
	}
}

// guests are those who took part by invitation (L20), or are asked to come.
func (f form) guests(m mediation.Meeting) string {
	var all []string
	for _, a := range m.Attendees {
		switch a.Role {
		case mediation.AttendeeParty, mediation.AttendeeAgent, mediation.AttendeeMediator, mediation.AttendeeRecorder:
		default:
			all = append(all, a.Name+"（"+f.word("attendee-roles", string(a.Role))+"）")
		}
	}
	if all == nil {
		return m.Invited
	}
	return strings.Join(all, "、")
}

// present are the names of those who took part in a role, or the fallback.
func (f form) present(m mediation.Meeting, role mediation.AttendeeRole, fallback string) string {
	var all []string
	for _, a := range m.Attendees {
		if a.Role == role {
			all = append(all, a.Name)
		}
	}
	if all == nil {
		return fallback
	}
	return strings.Join(all, "、")
}

func (f form) recordResult(m mediation.Meeting) {
	s := f.sheet
	result := ""
	for _, each := range []mediation.MeetingResult{mediation.MeetingAgreed, mediation.MeetingNotAgreed, mediation.MeetingContinue} {
		result += tick(m.Result == each, f.word("meeting-results", string(each))+"　　")
	}
	s.need(26 + 22 + 44)
	s.row(26, label("调解结果", 29), value(result, 127))
	s.row(22, value("以上记录已交当事人核对，与所述一致。", 1))
	signers := f.everyone()
	for _, a := range m.Attendees {
		if a.Role != mediation.AttendeeParty && a.Role != mediation.AttendeeMediator && a.Role != mediation.AttendeeRecorder {
			signers = append(signers, a.Name+"（"+f.word("attendee-roles", string(a.Role))+"）")
		}
	}
	f.signatureRows("当事人及其他参加人（签名、盖章或者按指印）", signers)
	s.need(44)
	s.row(44, label("人民调解员（签名）", 42), value("", 42), label("记录人（签名）", 34), value("", 38))
	s.row(26, label("日期", 42), value(penDate, 114))
}

// ordinal writes 1 to 999 in Chinese.
func ordinal(n int) string {
	numerals := []rune("零一二三四五六七八九")
	switch {
	case n <= 0 || n > 999:
		return fmt.Sprint(n)
	case n < 10:
		return string(numerals[n])
	case n < 20:
		return "十" + strings.TrimPrefix(ordinal10(n%10), "零")
	case n < 100:
		return string(numerals[n/10]) + "十" + ordinal10(n%10)
	}
	rest := ""
	switch {
	case n%100 == 0:
	case n%100 < 10:
		rest = "零" + ordinal(n%100)
	case n%100 < 20:
		rest = "一" + ordinal(n%100)
	default:
		rest = ordinal(n % 100)
	}
	return string(numerals[n/100]) + "百" + rest
}

// ordinal10 is one digit, nothing for zero.
func ordinal10(n int) string {
	if n == 0 {
		return ""
	}
	return ordinal(n)
}
