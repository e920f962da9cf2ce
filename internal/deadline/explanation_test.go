package deadline_test

import (
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/deadline"
)

func TestCompute_explains(t *testing.T) {
	result := compute(t, rule(t, "mediation-medical"), at(t, "2026-09-10"),
		readPauses(t, "appraisal 2026-09-16..2026-09-21; negotiation 2026-10-12..2026-10-14"), readExtensions(t, "consent 10 workday @2026-10-20"))
	want := deadline.Text{
		ZH: `规则：医疗纠纷人民调解，30 个工作日。依据：《医疗纠纷预防和处理条例》第38条。
说明：鉴定时间不计入；超过期限未达成协议的视为调解不成。
起算：受理于2026年9月10日（周四），当日不计入，自次日起算（民法典第201条）。
不计入的非工作日共 23 天：2026-09-12 – 2026-09-13 周末、2026-09-25 – 2026-09-27 中秋放假、2026-10-01 – 2026-10-07 国庆节放假、2026-10-11 周末、2026-10-17 – 2026-10-18 周末、2026-10-24 – 2026-10-25 周末、2026-10-31 – 2026-11-01 周末、2026-11-07 – 2026-11-08 周末、2026-11-14 – 2026-11-15 周末。
调休上班的周末计入：2026-10-10 国庆节调休上班。
因鉴定自2026年9月16日（周三）中止，2026年9月21日（周一）恢复，不计入 5 日。
案件因当事人自行协商中止，但该期限不因此停止计算。
各方当事人同意，延长 10 个工作日，至2026年11月17日（周二）。
届满：2026年11月17日（周二）24时（民法典第203条）。
规则版本：law-2026.1；日历版本：cn-2026.1。`,
		EN: `Rule: people's mediation of a medical dispute, 30 working days. Source: Regulations on Preventing and Handling Medical Disputes, art. 38.
Note: Appraisal does not count; past the term mediation is taken to have failed.
Start: acceptance on Thu 10 September 2026; that day does not count (Civil Code art. 201).
23 non-working day(s) did not count: 2026-09-12 – 2026-09-13 weekend, 2026-09-25 – 2026-09-27 Mid-autumn Festival, 2026-10-01 – 2026-10-07 National Day, 2026-10-11 weekend, 2026-10-17 – 2026-10-18 weekend, 2026-10-24 – 2026-10-25 weekend, 2026-10-31 – 2026-11-01 weekend, 2026-11-07 – 2026-11-08 weekend, 2026-11-14 – 2026-11-15 weekend.
Weekend days that are worked instead did count: 2026-10-10 make-up workday for National Day.
Suspended for appraisal from Wed 16 September 2026, resumed Mon 21 September 2026: 5 days did not count.
The case was suspended for talks between the parties; this clock does not stop for that.
Extended by 10 working days to Tue 17 November 2026 (all parties agreed).
Due: end of Tue 17 November 2026 (Civil Code art. 203).
Rule: law-2026.1; calendar: cn-2026.1.`,
	}
	if got := words(result); got != want {
		t.Errorf("says\n%s\n\n%s", got.ZH, got.EN)
	}
	x := result.Explanation
	if x.FirstDay != on(t, "2026-09-11") || len(x.Skipped) != 23 || len(x.MakeUps) != 1 || len(x.Rolled) != 0 {
		t.Errorf("parts: %+v", x)
	}
	if len(x.Pauses) != 2 || !x.Pauses[0].Stops || x.Pauses[0].Days != 5 || x.Pauses[1].Stops {
		t.Errorf("pauses: %+v", x.Pauses)
	}
	if len(x.Extensions) != 1 || x.Extensions[0].DueDate != result.DueDate {
		t.Errorf("extensions: %+v", x.Extensions)
	}
}

func TestCompute_saysWhatHappened(t *testing.T) {
	cases := map[string]struct{ reason, rule, start, pauses, extensions, zh, en string }{
		"rolled":            {"the days passed over, and by which law", "confirmation-application", "2026-09-03", "", "", "最后一日2026年10月3日（周六）不是工作日（2026-10-03 – 2026-10-07 国庆节放假），顺延至2026年10月8日（周四），依据《民事诉讼法》第85条。", "it moves to Thu 8 October 2026 by Civil Procedure Law, art. 85"},
		"assumed":           {"a year without a notice", "confirmation-application", "2026-12-10", "", "", "2027年放假安排尚未公布", "the holidays of 2027 are not published"},
		"a month":           {"why not thirty days", "mediation", "2026-03-10", "", "", "按月计算（民法典第202条），不折算为30日", "months are counted"},
		"local":             {"no statute", "hotline-complaint", "2026-03-10", "", "", "（地方规定）", "(local rule)"},
		"no publication":    {"book-title marks are for what is published", "closing", "2026-03-10", "", "", "依据：本系统建议（", "Source: suggested by this program ("},
		"a publication":     {"beside it", "acceptance", "2026-03-10", "", "", "《人民调解工作若干规定》", "Provisions on the Work of People's Mediation, art."},
		"proposed":          {"nobody must", "closing", "2026-03-10", "", "", "（建议时限，非法定）", "(suggested, no statute)"},
		"hours":             {"from the moment", "police-feedback", "2026-03-10", "", "", "起算：公安机关移交于2026年3月10日（周二）10:00，自该时刻起连续计算", "Due: Wed 11 March 2026 10:00."},
		"a day of the year": {"by the day", "campaign-ledger", "2026-05-15", "", "", "每年 06-03 前", "by 06-03 of the year"},
		"the same day":      {"no day is counted", "assignment", "2026-03-10", "", "", "当日届满", "it is due that day"},
		"open":              {"suspended still", "mediation", "2026-03-10", "appraisal 2026-03-17..", "consent 5 day", "尚未恢复", "25 days left"},
		"open and longer":   {"no day yet", "mediation", "2026-03-10", "appraisal 2026-03-17..", "consent 5 day", "各方当事人同意，延长 5 日。", "Extended by 5 days (all parties agreed)."},
		"agreed":            {"a new last day", "mediation", "2026-03-10", "appraisal 2026-03-16..2026-03-18", "consent until 2026-05-20 @2026-04-01", "各方当事人同意，届满日改为2026年5月20日（周三）。", "settled by the agreed last day"},
		"approved":          {"by the head", "confirmation-decision", "2026-03-10", "", "approval 10 day", "经批准，延长 10 日", "(approved)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			result := compute(t, rule(t, tc.rule), at(t, tc.start), readPauses(t, tc.pauses), readExtensions(t, tc.extensions))
			if got := words(result); !strings.Contains(got.ZH, tc.zh) || !strings.Contains(got.EN, tc.en) {
				t.Errorf("%s: want %q and %q in\n%s\n%s", tc.reason, tc.zh, tc.en, got.ZH, got.EN)
			}
		})
	}
}

func TestCompute_saysWhenALayerShortenedTheLaw(t *testing.T) {
	merged := rules(t, `{"version":"2","level":"county","unit":"371621","rules":[{"id":"court-assigned","length":20,
		"basis":[{"law":{"zh":"惠民县办法","en":"Huimin rules"},"article":"7"}]}]}`)
	shorter, _ := merged.Rule("court-assigned")
	result := compute(t, shorter, at(t, "2026-03-10"), nil, nil)
	if result.DueDate != on(t, "2026-03-30") || result.RuleVersion != "law-2026.1+371621@2" {
		t.Errorf("due %s by %s", result.DueDate, result.RuleVersion)
	}
	for _, want := range []string{"《惠民县办法》第7条", "法定期限为 30 日", "（地方规定）"} {
		if !strings.Contains(words(result).ZH, want) {
			t.Errorf("the words do not say %s", want)
		}
	}
}

func TestBinding_isSaidForEveryRule(t *testing.T) {
	for _, rule := range deadline.BaseRules().All() {
		result := compute(t, rule, at(t, "2026-03-10"), nil, nil)
		for _, line := range result.Explanation.Lines {
			if line.ZH == "" || line.EN == "" || strings.Contains(line.EN, "%!") || strings.Contains(line.ZH, "%!") {
				t.Errorf("%s: %q, %q", rule.ID, line.ZH, line.EN)
			}
		}
	}
}
