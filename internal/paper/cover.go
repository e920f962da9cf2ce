package paper

import (
	"fmt"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// cover is the 卷宗封面 with the 卷内目录 behind it.
func (f form) cover() {
	s := f.sheet
	s.space(40)
	s.title(f.Committee, sizeTitle)
	s.space(40)
	s.title("人 民 调 解 卷 宗", sizeCover)
	s.space(60)
	f.coverTable()
	s.turn()
	f.innerIndex()
}

func (f form) coverTable() {
	s, c := f.sheet, f.Case
	field := func(name, text string) {
		s.row(44, cell{text: name, width: 36, label: true, size: sizeBody}, cell{text: text, width: 120, size: sizeBody})
	}
	number, keeper, bound, retention, note := c.Number, "", penDate, "", ""
	if c.Volume != nil {
		number, keeper, bound = c.Volume.Number, c.Volume.Keeper, dayOf(c.Volume.At)
		retention, note = f.word("retentions", string(c.Volume.Retention)), c.Volume.Note
	}
	field("卷名", c.Title)
	field("卷号", number)
	field("人民调解员", f.mediators())
	field("调解日期", f.mediationDays())
	field("立卷人", keeper)
	field("立卷日期", bound)
	field("保管期限", retention)
	field("备注", note)
}

// mediationDays are the first and the last day of mediation.
func (f form) mediationDays() string {
	first, last := "", ""
	for _, m := range f.Case.Meetings {
		if m.Status != mediation.MeetingHeld {
			continue
		}
		on := mediation.LegalDay(m.StartedAt)
		if first == "" || on < first {
			first = on
		}
		last = max(last, on)
	}
	switch first {
	case "":
		return penDate + "至" + penDate
	case last:
		return day(first)
	}
	return day(first) + "至" + day(last)
}

func (f form) innerIndex() {
	s := f.sheet
	const sequence, title, pages, note = 16.0, 84.0, 26.0, 30.0
	s.title("卷 内 目 录", sizeTitle)
	s.space(8)
	s.row(26, label("序号", sequence), label("文件名称", title), label("页号", pages), label("备注", note))
	lines, total := f.Case.InnerIndex()
	for _, line := range lines {
		numbers := fmt.Sprintf("%d", line.From)
		if line.To != line.From {
			numbers = fmt.Sprintf("%d—%d", line.From, line.To)
		}
		remark := line.Note
		if line.Medium == mediation.MediumFile {
			remark = joined("电子文件", remark)
		}
		s.row(26, centred(fmt.Sprint(line.Sequence), sequence), value(line.Title, title), centred(numbers, pages), value(remark, note))
	}
	for range max(0, 12-len(lines)) {
		s.row(26, value("", sequence), value("", title), value("", pages), value("", note))
	}
	s.space(8)
	if total > 0 {
		s.small(fmt.Sprintf("本卷共 %d 件，%d 页。", len(lines), total))
	}
}
