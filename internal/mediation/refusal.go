package mediation

// RefusalReason is a legal ground for not taking a case on (P22).
type RefusalReason string

// The legal grounds.
const (
	RefusalSpecialOrgan          RefusalReason = "special-organ"
	RefusalAlreadyHandled        RefusalReason = "already-handled"
	RefusalPartyRefuses          RefusalReason = "party-refuses"
	RefusalNotCivilDispute       RefusalReason = "not-civil-dispute"
	RefusalUnclearPartyOrClaim   RefusalReason = "unclear-party-or-claim"
	RefusalOutOfArea             RefusalReason = "out-of-area"
	RefusalInArbitration         RefusalReason = "in-arbitration"
	RefusalMedicalAlreadyHandled RefusalReason = "medical-already-handled"
)

// Refusal is the committee's decision not to take a case on.
type Refusal struct {
	Reason RefusalReason
	Note   string // what the parties were told; optional, at most 2000 characters
}

// Ground is a refusal reason with its words and the road that remains, which the parties must be told (P24).
type Ground struct {
	Reason         RefusalReason
	ZH, EN         string
	RoadZH, RoadEN string
	OnlyFor        DisputeType // "" for every type
}

var grounds = []Ground{
	{
		Reason: RefusalSpecialOrgan,
		ZH:     "法律规定只能由专门机关管辖处理，或者禁止采用民间调解方式解决", EN: "Only a special organ may handle it, or the law forbids civil mediation",
		RoadZH: "告知当事人向有管辖权的专门机关提出", RoadEN: "Apply to the organ that has the power",
	},
	{
		Reason: RefusalAlreadyHandled,
		ZH:     "人民法院、公安机关或者其他行政机关已经受理或者解决", EN: "A court, the police or another agency has accepted or decided it",
		RoadZH: "告知当事人依原程序处理或者依法申诉", RoadEN: "Follow that procedure, or appeal as the law provides",
	},
	{
		Reason: RefusalPartyRefuses,
		ZH:     "一方当事人明确拒绝调解", EN: "A party clearly refuses mediation",
		RoadZH: "告知当事人可以申请仲裁、行政处理或者提起诉讼", RoadEN: "Arbitration, an administrative decision or a court remain open",
	},
	{
		Reason: RefusalNotCivilDispute,
		ZH:     "不属于涉及当事人有权处分的民事权利义务的纠纷", EN: "Not a dispute over civil rights that the parties may dispose of",
		RoadZH: "告知当事人向主管部门反映；可能激化的，先行疏导并移送有关部门", RoadEN: "Turn to the competent department; if it may flare up, calm first, then hand it over",
	},
	{
		Reason: RefusalUnclearPartyOrClaim,
		ZH:     "没有明确的被申请人、具体的调解要求或者事实依据", EN: "The other party, the claim or the facts are not clear",
		RoadZH: "告知当事人补充后重新申请", RoadEN: "Complete the application and file again",
	},
	{
		Reason: RefusalOutOfArea,
		ZH:     "不属于本调解委员会的受理范围", EN: "Outside the committee's area",
		RoadZH: "告知或者转送有管辖权的人民调解委员会", RoadEN: "Go, or be handed over, to the committee of the right place",
	},
	{
		Reason: RefusalInArbitration,
		ZH:     "已经申请仲裁", EN: "Already in arbitration",
		RoadZH: "告知当事人在仲裁程序中处理，或者撤回仲裁后再申请", RoadEN: "Settle it in the arbitration, or withdraw there first",
	},
	{
		Reason: RefusalMedicalAlreadyHandled, OnlyFor: DisputeMedical,
		ZH: "医疗纠纷已由人民法院或者卫生健康主管部门受理", EN: "A court or the health department has already accepted the medical dispute",
		RoadZH: "告知当事人在已受理的程序中处理", RoadEN: "Settle it in the procedure that is under way",
	},
}

// Grounds lists the legal reasons for a refusal with the road that remains.
func Grounds() []Ground { return append([]Ground(nil), grounds...) }

// Ground gives the words and the road of a reason; false when the reason is not on the list.
func (r RefusalReason) Ground() (Ground, bool) {
	for _, ground := range grounds {
		if ground.Reason == r {
			return ground, true
		}
	}
	return Ground{}, false
}

func (r Refusal) checked(disputeType DisputeType) (Refusal, error) {
	var check checker
	r.Note = check.text("/note", r.Note, 0, maxNote, manyLines)
	ground, known := r.Reason.Ground()
	switch {
	case r.Reason == "":
		check.fail("/reason", "required", "A refusal needs a legal reason.", "不予受理必须写明法定理由。")
	case !known:
		check.fail("/reason", "unknown-code",
			"Choose a reason from the list refusal-reasons.", "请从不予受理理由代码表中选择。")
	case ground.OnlyFor != "" && ground.OnlyFor != disputeType:
		check.fail("/reason", "reason-not-for-type",
			"This reason is for medical disputes only.", "该理由仅适用于医疗纠纷。")
	}
	return r, check.err("invalid-refusal", "The refusal breaks a rule.", "不予受理内容不符合规定。")
}

func (w Withdrawal) checked(c Case) (Withdrawal, error) {
	var check checker
	w.Note = check.text("/note", w.Note, 0, maxNote, manyLines)
	if w.By != "" && !c.mayWithdraw(w.By) {
		check.fail("/by", "not-a-withdrawing-party",
			"Name an applicant of this case by id; without an applicant, any party.", "请填写本案申请人的标识；无申请人的，填写任一当事人。")
	}
	return w, check.err("invalid-withdrawal", "The withdrawal breaks a rule.", "撤回内容不符合规定。")
}

// mayWithdraw follows L23: the applicant withdraws; where nobody applied, any party may decline.
func (c Case) mayWithdraw(party ID) bool {
	found, side, applicants := false, Side(""), 0
	for _, p := range c.Parties {
		if p.Side == SideApplicant {
			applicants++
		}
		if p.ID == party {
			found, side = true, p.Side
		}
	}
	return found && (side == SideApplicant || applicants == 0)
}
