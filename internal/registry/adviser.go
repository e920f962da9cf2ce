package registry

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// AdviserStatus is whether a legal adviser serves.
type AdviserStatus string

// The statuses.
const (
	AdviserActive AdviserStatus = "active"
	AdviserEnded  AdviserStatus = "ended"
)

// LegalAdviser is a lawyer or legal worker whom villages have under contract (村居法律顾问).
type LegalAdviser struct {
	ID      ID
	Tenant  string
	Version int64
	Status  AdviserStatus

	AdviserContent
	Visits []AdviserVisit // 坐班、走访, in the order in which they were written down

	CreatedAt, UpdatedAt time.Time
}

// AdviserContent is what is written down of a legal adviser.
type AdviserContent struct {
	Name         string   `json:"name"`
	Licence      string   `json:"licence"` // number of the practising licence
	Firm         string   `json:"firm,omitempty"`
	Phone        string   `json:"phone,omitempty"`
	Villages     []string `json:"villages"` // 12-digit codes
	ContractFrom string   `json:"contractFrom"`
	ContractTo   string   `json:"contractTo"`
}

// AdviserVisit is a day on which the adviser came to a village.
type AdviserVisit struct {
	ID      ID     `json:"id"`
	Village string `json:"village"`
	On      string `json:"on"`             // 2006-01-02
	People  int    `json:"people"`         // how many asked for advice
	Note    string `json:"note,omitempty"` // what was advised on
}

// maxVisits is what one contract can hold: a visit on every day of three years.
const maxVisits = 1_100

// RegisterAdviser takes a legal adviser down. Violated rules are Invalid "invalid-legal-adviser".
func RegisterAdviser(content AdviserContent, tenant string, act Act) (LegalAdviser, Entry, error) {
	if err := act.check(); err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	content, err := content.Checked()
	if err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	a := LegalAdviser{ID: act.NewID(), Tenant: tenant, Status: AdviserActive, AdviserContent: content, CreatedAt: act.At}
	return a.moved("register", act, "", differences(AdviserContent{}, content))
}

// Change puts the content right. When nothing differs it comes back as it is, with an empty entry.
func (a LegalAdviser) Change(content AdviserContent, reason string, act Act) (LegalAdviser, Entry, error) {
	if err := a.ready(act); err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	reason, err := reasoned(reason, 0)
	if err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	content, err = content.Checked()
	if err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	changes := differences(a.AdviserContent, content)
	if len(changes) == 0 {
		return a, Entry{}, nil
	}
	a.AdviserContent = content
	return a.moved("change", act, reason, changes)
}

// End ends the contract before its time, for a reason.
func (a LegalAdviser) End(reason string, act Act) (LegalAdviser, Entry, error) {
	if err := a.ready(act); err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	reason, err := reasoned(reason, 1)
	if err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	a.Status = AdviserEnded
	return a.moved("end", act, reason, []Change{{"/status", string(AdviserActive), string(AdviserEnded)}})
}

// Visit writes a visit down. It lies within the contract and is not to come; the village is one of the adviser's.
func (a LegalAdviser) Visit(visit AdviserVisit, act Act) (LegalAdviser, Entry, error) {
	if err := a.ready(act); err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	var check checker
	if len(a.Visits) >= maxVisits {
		check.fail("/on", "too-many", "The contract has as many visits as it may; register the new contract.", "该合同的走访记录已达上限，请登记新合同。")
	}
	if !slices.Contains(a.Villages, visit.Village) {
		check.fail("/village", "not-advised", "Name a village of this adviser.", "请填写该法律顾问服务的村（居）。")
	}
	check.day("/on", visit.On, 1)
	check.past("/on", visit.On, act.At)
	if visit.On != "" && !covers(a.ContractFrom, a.ContractTo, visit.On) {
		check.fail("/on", "outside-the-contract", "The day lies outside the contract.", "日期不在合同期内。")
	}
	if visit.People < 0 || visit.People > 10_000 {
		check.fail("/people", "out-of-range", "Give how many asked for advice, 0 to 10,000.", "请填写咨询人数，0 到 10000。")
	}
	visit.Note = check.text("/note", visit.Note, 0, maxNote)
	if err := check.err("invalid-visit", "The visit breaks a rule.", "走访内容不符合规定。"); err != nil {
		return LegalAdviser{}, Entry{}, err
	}
	visit.ID = act.NewID()
	a.Visits = append(slices.Clone(a.Visits), visit)
	return a.moved("visit", act, visit.Note, []Change{{"/visits/" + string(visit.ID), "", visit.Village + " " + visit.On}})
}

func (a LegalAdviser) ready(act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	if a.Status != AdviserActive {
		return refuse(Conflict, "adviser-status", "The contract has ended and the record stays as it is; register anew.",
			"该法律顾问已解聘，不能再变更；重新聘请的请重新登记。")
	}
	return nil
}

func (a LegalAdviser) moved(verb string, act Act, reason string, changes []Change) (LegalAdviser, Entry, error) {
	a.Version++
	a.UpdatedAt = act.At
	return a, act.entry(a.ID, a.Version, verb, reason, changes), nil
}

// Checked gives the content as it is stored, or Invalid "invalid-legal-adviser" with every violated rule.
func (c AdviserContent) Checked() (AdviserContent, error) {
	var check checker
	c.Name = check.text("/name", c.Name, 1, maxName)
	c.Licence = check.text("/licence", c.Licence, 1, maxWord)
	c.Firm = check.text("/firm", c.Firm, 0, maxText)
	c.Phone = check.text("/phone", c.Phone, 0, maxPhone)
	if len(c.Villages) == 0 {
		check.fail("/villages", "required", "Name at least one village.", "请至少填写一个村（居）。")
	}
	c.Villages = check.words("/villages", c.Villages)
	for i, code := range c.Villages {
		check.division("/villages/"+strconv.Itoa(i), code, villageSize)
	}
	check.day("/contractFrom", c.ContractFrom, 1)
	check.day("/contractTo", c.ContractTo, 1)
	check.span("/contractTo", c.ContractFrom, c.ContractTo)
	return c, check.err("invalid-legal-adviser", "The legal adviser breaks a rule.", "法律顾问信息不符合规定。")
}

// AdvisersOf lists who advises a village on a day, the longest contract first, then by id.
func AdvisersOf(village, day string, advisers []LegalAdviser) []LegalAdviser {
	var found []LegalAdviser
	for _, a := range advisers {
		if a.Status == AdviserActive && covers(a.ContractFrom, a.ContractTo, day) && slices.Contains(a.Villages, village) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b LegalAdviser) int {
		return cmp.Or(-cmp.Compare(a.ContractTo, b.ContractTo), cmp.Compare(a.ID, b.ID))
	})
	return found
}
