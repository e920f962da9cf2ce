package registry

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// OrganisationKind is what an organisation is; the yearly report counts by it.
type OrganisationKind string

// The kinds. All but studios and judicial offices are people's mediation committees (L7, L8, L34).
const (
	VillageCommittee     OrganisationKind = "village"
	ResidentsCommittee   OrganisationKind = "residents"
	TownCommittee        OrganisationKind = "town"
	StreetCommittee      OrganisationKind = "street"
	IndustryCommittee    OrganisationKind = "industry"
	CountyCommittee      OrganisationKind = "county"
	EnterpriseCommittee  OrganisationKind = "enterprise"
	SocialGroupCommittee OrganisationKind = "social-group"
	Studio               OrganisationKind = "studio"
	JudicialOffice       OrganisationKind = "judicial-office"
)

// OrganisationStatus is whether an organisation works.
type OrganisationStatus string

// The statuses.
const (
	OrganisationActive    OrganisationStatus = "active"
	OrganisationSuspended OrganisationStatus = "suspended"
	OrganisationDissolved OrganisationStatus = "dissolved"
)

// Office is a seat's rank in a committee.
type Office string

// The offices.
const (
	Director Office = "director"
	Deputy   Office = "deputy"
	Member   Office = "member"
)

// Bounds of a committee's membership (L8).
const (
	minSeats = 3
	maxSeats = 9
	allSeats = 50 // what can be written down; filing wants the law's number
)

// Organisation is a body that mediates or guides mediation. It is a value: every verb returns a changed copy.
type Organisation struct {
	ID      ID
	Tenant  string // 9-digit code of the tenant that keeps it
	Version int64
	Status  OrganisationStatus

	OrganisationContent
	Filings []Filing // 备案, oldest first
	Owes    Owed     // what is still to be filed

	CreatedAt, UpdatedAt time.Time
}

// OrganisationContent is what is written down of an organisation.
type OrganisationContent struct {
	Kind           OrganisationKind `json:"kind"`
	Name           string           `json:"name"`
	USCC           string           `json:"uscc,omitempty"`         // checked by the caller
	DivisionCode   string           `json:"divisionCode"`           // 6, 9 or 12 digits: where it belongs
	Serves         []string         `json:"serves,omitempty"`       // divisions it serves besides, by code or beginning of code
	DisputeTypes   []string         `json:"disputeTypes,omitempty"` // what an industry committee or studio handles
	Founder        string           `json:"founder,omitempty"`      // 设立单位
	Department     string           `json:"department,omitempty"`   // 主管部门
	JudicialOffice ID               `json:"judicialOffice,omitempty"`
	EstablishedOn  string           `json:"establishedOn,omitempty"` // 2006-01-02
	TermFrom       string           `json:"termFrom,omitempty"`
	TermTo         string           `json:"termTo,omitempty"`
	Seats          []Seat           `json:"seats,omitempty"`
	Place          string           `json:"place,omitempty"`
	Phone          string           `json:"phone,omitempty"`
	Hours          string           `json:"hours,omitempty"`
	CourtToldOn    string           `json:"courtToldOn,omitempty"` // the bureau told the basic court of its make-up (L10)
}

// Seat is one of a committee's members (委员), who need not be mediators.
type Seat struct {
	Name     string `json:"name"`
	Mediator ID     `json:"mediator,omitempty"`
	Office   Office `json:"office"`
	Woman    bool   `json:"woman,omitempty"`
	Minority bool   `json:"minority,omitempty"`
}

// Committee tells whether it is a people's mediation committee, which the law says how to make up.
func (k OrganisationKind) Committee() bool { return k.Known() && k != Studio && k != JudicialOffice }

// Known tells whether the kind is on the list.
func (k OrganisationKind) Known() bool { return listed(organisationKinds, string(k)) }

// RegisterOrganisation takes an organisation down, active, at version 1. Violated rules are Invalid
// "invalid-organisation". What only filing demands (L8) may still be missing.
func RegisterOrganisation(content OrganisationContent, tenant string, act Act) (Organisation, Entry, error) {
	if err := act.check(); err != nil {
		return Organisation{}, Entry{}, err
	}
	content, err := content.Checked(act.At)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	o := Organisation{
		ID: act.NewID(), Tenant: tenant, Status: OrganisationActive, OrganisationContent: content, CreatedAt: act.At,
		Owes: Owed{FilingNew, LegalDay(act.At)},
	}
	return o.moved("register", act, "", differences(OrganisationContent{}, content))
}

// Change puts the content right. When nothing differs it comes back as it is, with an empty entry.
func (o Organisation) Change(content OrganisationContent, reason string, act Act) (Organisation, Entry, error) {
	if err := o.ready(act); err != nil {
		return Organisation{}, Entry{}, err
	}
	reason, err := reasoned(reason, 0)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	content, err = content.Checked(act.At)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	changes := differences(o.OrganisationContent, content)
	if len(changes) == 0 {
		return o, Entry{}, nil
	}
	o.OrganisationContent = content
	o.Owes = o.Owes.changed(o.Filings, LegalDay(act.At))
	return o.moved("change", act, reason, changes)
}

// Suspend stops an active organisation for a time.
func (o Organisation) Suspend(reason string, act Act) (Organisation, Entry, error) {
	return o.become(OrganisationSuspended, "suspend", reason, act, OrganisationActive)
}

// Resume lets a suspended organisation work again.
func (o Organisation) Resume(reason string, act Act) (Organisation, Entry, error) {
	return o.become(OrganisationActive, "resume", reason, act, OrganisationSuspended)
}

// Dissolve ends an organisation for good; what follows is the cancelling of its filing.
func (o Organisation) Dissolve(reason string, act Act) (Organisation, Entry, error) {
	return o.become(OrganisationDissolved, "dissolve", reason, act, OrganisationActive, OrganisationSuspended)
}

func (o Organisation) become(to OrganisationStatus, verb, reason string, act Act, from ...OrganisationStatus) (Organisation, Entry, error) {
	if err := act.check(); err != nil {
		return Organisation{}, Entry{}, err
	}
	if !slices.Contains(from, o.Status) {
		label := labelOf(organisationStatuses, string(o.Status))
		return Organisation{}, Entry{}, refuse(Conflict, "organisation-status",
			"The organisation is \""+label.EN+"\"; that does not allow it.", "该组织当前为“"+label.ZH+"”，不能办理此事项。")
	}
	reason, err := reasoned(reason, 1)
	if err != nil {
		return Organisation{}, Entry{}, err
	}
	changes := []Change{{"/status", string(o.Status), string(to)}}
	o.Status = to
	if to == OrganisationDissolved {
		o.Owes = ended(o.Filings, LegalDay(act.At))
	}
	return o.moved(verb, act, reason, changes)
}

func (o Organisation) ready(act Act) error {
	if err := act.check(); err != nil {
		return err
	}
	if o.Status == OrganisationDissolved {
		return refuse(Conflict, "organisation-status", "The organisation was dissolved and stays as it is; register a new one.",
			"该组织已撤销，不能再变更；需要的请重新登记。")
	}
	return nil
}

func (o Organisation) moved(verb string, act Act, reason string, changes []Change) (Organisation, Entry, error) {
	o.Version++
	o.UpdatedAt = act.At
	return o, act.entry(o.ID, o.Version, verb, reason, changes), nil
}

// Checked gives the content as it is stored, or Invalid "invalid-organisation" with every violated rule.
func (o OrganisationContent) Checked(at time.Time) (OrganisationContent, error) {
	var check checker
	check.code("/kind", string(o.Kind), organisationKinds, 1)
	o.Name = check.text("/name", o.Name, 1, maxName)
	o.USCC = strings.ToUpper(check.text("/uscc", o.USCC, 0, maxWord))
	check.division("/divisionCode", o.DivisionCode, o.Kind.codeSizes()...)
	o.Serves = check.words("/serves", o.Serves)
	for i, code := range o.Serves {
		check.division("/serves/"+strconv.Itoa(i), code, countySize, townSize, villageSize)
	}
	o.DisputeTypes = check.words("/disputeTypes", o.DisputeTypes)
	o.Founder = check.text("/founder", o.Founder, 0, maxText)
	o.Department = check.text("/department", o.Department, 0, maxText)
	o.Place = check.text("/place", o.Place, 0, maxText)
	o.Phone = check.text("/phone", o.Phone, 0, maxPhone)
	o.Hours = check.text("/hours", o.Hours, 0, maxText)
	check.day("/establishedOn", o.EstablishedOn, 0)
	check.past("/establishedOn", o.EstablishedOn, at)
	check.day("/courtToldOn", o.CourtToldOn, 0)
	check.past("/courtToldOn", o.CourtToldOn, at)
	check.day("/termFrom", o.TermFrom, 0)
	check.day("/termTo", o.TermTo, 0)
	check.span("/termTo", o.TermFrom, o.TermTo)
	o.Seats = check.seats(o.Seats, o.Kind)
	return o, check.err("invalid-organisation", "The organisation breaks a rule.", "调解组织信息不符合规定。")
}

// codeSizes are the lengths of the division code that a kind can have.
func (k OrganisationKind) codeSizes() []int {
	switch k {
	case VillageCommittee, ResidentsCommittee:
		return []int{villageSize}
	case TownCommittee, StreetCommittee, JudicialOffice:
		return []int{townSize}
	case CountyCommittee:
		return []int{countySize}
	default: // of a trade, an enterprise, a group or a person: wherever they are
		return []int{countySize, townSize, villageSize}
	}
}

func (c *checker) seats(given []Seat, kind OrganisationKind) []Seat {
	if len(given) > allSeats {
		c.fail("/seats", "too-many", "Give at most 50 members.", "委员最多 50 名。")
		return given
	}
	if len(given) > 0 && kind.Known() && !kind.Committee() {
		c.fail("/seats", "committees-only", "Only a committee has members.", "只有调解委员会才有委员。")
	}
	directors := 0
	seats := make([]Seat, 0, len(given))
	for i, s := range given {
		pointer := "/seats/" + strconv.Itoa(i)
		s.Name = c.text(pointer+"/name", s.Name, 1, maxName)
		c.code(pointer+"/office", string(s.Office), offices, 1)
		if s.Office == Director {
			directors++
		}
		same := func(other Seat) bool { return s.Mediator != "" && other.Mediator == s.Mediator }
		if slices.ContainsFunc(seats, same) {
			c.fail(pointer+"/mediator", "duplicate", "Each person has one seat.", "每人只占一个席位。")
		}
		seats = append(seats, s)
	}
	if directors > 1 {
		c.fail("/seats", "one-director", "A committee has one director.", "调解委员会只有一名主任。")
	}
	return seats
}

// Gaps are what the law wants and the record does not show yet (L8: three to nine members, a director, women among
// them). Filing waits for them.
func (o OrganisationContent) Gaps() []FieldError {
	var check checker
	if o.EstablishedOn == "" {
		check.fail("/establishedOn", "required-for-filing", "Say when it was set up.", "请填写设立日期。")
	}
	if !o.Kind.Committee() {
		return check.fields
	}
	if len(o.Seats) < minSeats || len(o.Seats) > maxSeats {
		check.fail("/seats", "three-to-nine", "A committee has three to nine members (L8).", "调解委员会由委员三至九人组成（人民调解法第八条）。")
	}
	if !slices.ContainsFunc(o.Seats, func(s Seat) bool { return s.Office == Director }) {
		check.fail("/seats", "director-required", "A committee has a director (L8).", "调解委员会设主任一人（人民调解法第八条）。")
	}
	if !slices.ContainsFunc(o.Seats, func(s Seat) bool { return s.Woman }) {
		check.fail("/seats", "woman-required", "Women are among the members (L8).", "调解委员会应当有妇女成员（人民调解法第八条）。")
	}
	return check.fields
}

// Warnings are what is odd but allowed on a day: a name that does not follow the rule, a term that has run out, a court
// that was not told.
func (o OrganisationContent) Warnings(day string) []FieldError {
	var check checker
	if endings := o.Kind.nameEndings(); len(endings) > 0 && !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(o.Name, e) }) {
		check.fail("/name", "unusual-name", "A name of this kind usually ends in "+endings[0]+".", "此类组织名称一般以“"+endings[0]+"”结尾。")
	}
	if o.TermTo != "" && o.TermTo < day {
		check.fail("/termTo", "term-over", "The term is over: elect anew and write down the new term.", "任期已满，请换届后更新任期。")
	}
	if o.Kind.Committee() && o.CourtToldOn == "" {
		check.fail("/courtToldOn", "court-not-told", "The bureau tells the basic court of the committee's make-up (L10).",
			"县级司法行政部门应当将委员会组成情况通报基层人民法院（人民调解法第十条）。")
	}
	return check.fields
}

func (k OrganisationKind) nameEndings() []string {
	switch {
	case k.Committee():
		return []string{"人民调解委员会"}
	case k == Studio:
		return []string{"调解工作室", "调解室"}
	case k == JudicialOffice:
		return []string{"司法所"}
	}
	return nil
}

// nearness tells how an organisation stands to a place.
type nearness int

// From far to near.
const (
	elsewhere nearness = iota
	neighbour          // another village of the same town
	servesArea
	sameTown
	sameVillage
)

// near tells how near the organisation is to a place's code: by its own area, or by one that it serves, whichever is
// nearer.
func (o OrganisationContent) near(place string) nearness {
	best := elsewhere
	for _, area := range append([]string{o.DivisionCode}, o.Serves...) {
		best = max(best, nearnessOf(area, place))
	}
	return best
}

func nearnessOf(area, place string) nearness {
	switch {
	case area == "" || place == "":
		return elsewhere
	case !strings.HasPrefix(place, area):
		if len(area) >= townSize && strings.HasPrefix(place, area[:townSize]) {
			return neighbour
		}
		return elsewhere
	case len(area) >= villageSize:
		return sameVillage
	case len(area) >= townSize:
		return sameTown
	}
	return servesArea
}
