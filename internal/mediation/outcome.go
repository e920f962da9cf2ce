package mediation

// TerminationReason is why mediation ends before it has come to anything.
type TerminationReason string

var terminationReasons = []Code{
	{Code: "party-quits", ZH: "当事人退出或者要求终止调解", EN: "A party quits", Note: "L23"},
	{Code: "time-passed", ZH: "期限届满未达成协议", EN: "No agreement by the last day", Note: "P33"},
	{Code: "party-unreachable", ZH: "当事人下落不明或者无法联系", EN: "A party cannot be reached"},
	{Code: "out-of-scope", ZH: "发现不属于受理范围", EN: "Found to be out of scope", Note: "P22"},
	{Code: "crime-or-public-order", ZH: "涉及刑事或者治安案件", EN: "A crime or a public-order case", Note: "L25"},
	{Code: "no-successor", ZH: "当事人死亡且无承受人", EN: "A party has died without successor"},
}

// FailureReason is why mediation came to no agreement.
type FailureReason string

var failureReasons = []Code{
	{Code: "no-agreement", ZH: "分歧过大未达成协议", EN: "The parties did not agree"},
	{Code: "refused-to-sign", ZH: "当事人拒绝签订协议", EN: "A party refused to sign"},
	{Code: "facts-unclear", ZH: "事实无法查清", EN: "The facts cannot be found out"},
	{Code: "other", ZH: "其他", EN: "Other"},
}

// Failure is the end of a mediation that came to no agreement (L26).
type Failure struct {
	Reason    FailureReason `json:"reason"`
	Note      string        `json:"note,omitempty"`
	RoadsTold bool          `json:"roadsTold"` // arbitration, administrative and judicial roads
}

// Termination is the end of a mediation that could not be carried through.
type Termination struct {
	Reason    TerminationReason `json:"reason"`
	Note      string            `json:"note,omitempty"`
	RoadsTold bool              `json:"roadsTold"`
}

// roadsTold holds the duty of L26: nobody is sent away without knowing where to go.
func (c *checker) roadsTold(told bool) {
	if !told {
		c.fail("/roadsTold", "roads-not-told",
			"Tell the parties at once of arbitration, administrative and judicial roads, then record it.",
			"请立即告知当事人可以依法通过仲裁、行政、司法途径维护权利，再予记录。")
	}
}

// Fail ends a mediation that came to no agreement (L26; P32).
func (c Case) Fail(failure Failure, act Act) (Case, Entry, error) {
	if err := c.ready(VerbFail, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.choice("/reason", string(failure.Reason), failureReasons, "failure-reasons", "调解不成理由")
	failure.Note = check.text("/note", failure.Note, 0, maxNote, manyLines)
	check.roadsTold(failure.RoadsTold)
	if err := check.err("invalid-failure", "The failure breaks a rule.", "调解不成内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Failure = &failure
	return changed.move(VerbFail, act, failure.Note, []Change{{Field: "/failure/reason", After: string(failure.Reason)}})
}

// Terminate ends a mediation that cannot be carried through (L23, L26; P32). A suspension ends with it.
func (c Case) Terminate(termination Termination, act Act) (Case, Entry, error) {
	if err := c.ready(VerbTerminate, act); err != nil {
		return Case{}, Entry{}, err
	}
	var check checker
	check.choice("/reason", string(termination.Reason), terminationReasons, "termination-reasons", "终止理由")
	termination.Note = check.text("/note", termination.Note, 0, maxNote, manyLines)
	check.roadsTold(termination.RoadsTold)
	if err := check.err("invalid-termination", "The termination breaks a rule.", "终止内容不符合规定。"); err != nil {
		return Case{}, Entry{}, err
	}
	changed := c.clone()
	changed.Termination = &termination
	changes := append([]Change{{Field: "/termination/reason", After: string(termination.Reason)}}, changed.endSuspension(act)...)
	return changed.move(VerbTerminate, act, termination.Note, changes)
}
