package mediation

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReferenceKind is what a piece of reference data is about (参考数据类别).
type ReferenceKind string

// The kinds. Calendar and clocks are changed field by field from layer to layer; of the others the nearest layer's
// document counts whole.
const (
	ReferenceCalendar    ReferenceKind = "calendar"
	ReferenceClocks      ReferenceKind = "clocks"
	ReferenceTypeMapping ReferenceKind = "type-mapping"
	ReferenceRiskRules   ReferenceKind = "risk-rules"
	ReferenceGradeRules  ReferenceKind = "grade-rules"
	ReferenceNumbering   ReferenceKind = "numbering"
)

var referenceKinds = []Code{
	{Code: string(ReferenceCalendar), ZH: "工作日历", EN: "Working-day calendar"},
	{Code: string(ReferenceClocks), ZH: "期限规则", EN: "Clocks"},
	{Code: string(ReferenceTypeMapping), ZH: "纠纷类型对应表", EN: "Type mapping"},
	{Code: string(ReferenceRiskRules), ZH: "风险评分标准", EN: "Risk rules"},
	{Code: string(ReferenceGradeRules), ZH: "难易等级标准", EN: "Grade rules"},
	{Code: string(ReferenceNumbering), ZH: "卷宗编号格式", EN: "Numbering pattern"},
}

// ReferenceKinds lists every kind.
func ReferenceKinds() []ReferenceKind {
	return []ReferenceKind{ReferenceCalendar, ReferenceClocks, ReferenceTypeMapping, ReferenceRiskRules, ReferenceGradeRules, ReferenceNumbering}
}

// Known tells whether the kind is on the list.
func (k ReferenceKind) Known() bool { return listed(referenceKinds, string(k)) }

// Label is the kind's entry of the code list.
func (k ReferenceKind) Label() Code { return labelOf(referenceKinds, string(k)) }

// ReferenceLayer says whose document it is. A later layer is laid over the earlier ones.
type ReferenceLayer string

// The layers, in order.
const (
	LayerBase     ReferenceLayer = "base"     // what this program carries
	LayerProvince ReferenceLayer = "province" // published for the whole installation
	LayerCounty   ReferenceLayer = "county"
	LayerTown     ReferenceLayer = "town" // a township or the county's desk
)

// LayerOf is the layer of a unit's code: 2 digits a province, 6 a county, 9 a town, none the program; "" for any other.
func LayerOf(unit string) ReferenceLayer {
	if strings.Trim(unit, "0123456789") != "" {
		return ""
	}
	switch len(unit) {
	case 0:
		return LayerBase
	case provinceCodeSize:
		return LayerProvince
	case countyCodeSize:
		return LayerCounty
	case tenantCodeSize:
		return LayerTown
	}
	return ""
}

const provinceCodeSize = 2

// Reference is one published document: never changed, followed by others of its unit and kind. It names who published
// it and when, and is its own journal.
type Reference struct {
	Kind      ReferenceKind
	Unit      string // whose it is; "" the program's own
	Version   string // unique within unit and kind
	ValidFrom string // the day in Asia/Shanghai from which it is in force, 2006-01-02
	Digest    string // SHA-256 of Body, hexadecimal
	Body      []byte // JSON in its canonical form; empty: from its day on the unit says nothing of this kind
	Revision  int64  // counts 1, 2, 3 … within unit and kind, in the order of publication
	By        Principal
	At        time.Time
}

// Layer is the layer of the unit.
func (r Reference) Layer() ReferenceLayer { return LayerOf(r.Unit) }

// Withdraws tells whether the document only takes back what its unit said before.
func (r Reference) Withdraws() bool { return len(r.Body) == 0 }

// String names the document as versions do: 371621@2026.3.
func (r Reference) String() string {
	if r.Unit == "" {
		return r.Version
	}
	return r.Unit + "@" + r.Version
}

// MaximumReference is the largest body, in bytes: a hundred years of holidays fit.
const MaximumReference = 512 << 10

var referenceVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$`)

// Checked gives the document in the form in which it is stored: the body in canonical JSON, with version, layer and unit
// (or version and day) written into it, and its digest. It is Invalid "invalid-reference" with every violated rule; what
// the body itself must say is asked of the kind's own parser.
func (r Reference) Checked() (Reference, error) {
	var check checker
	if !r.Kind.Known() {
		check.fail("/kind", "unknown-code", "Choose a kind from the list reference-kinds.", "请从参考数据类别代码表中选择。")
	}
	if layer := r.Layer(); layer == "" || layer == LayerBase {
		check.fail("/unit", "unknown-unit", "The unit is a code of 2 digits (province), 6 (county) or 9 (town), quoted.", "单位应为 2 位（省）、6 位（县）或 9 位（镇）代码，并加引号。")
	}
	if !referenceVersion.MatchString(r.Version) {
		check.fail("/version", "version", "Name the version: letters, digits, dots and dashes, at most 32.", "请给出版本号：字母、数字、点和短横，至多 32 个字符。")
	}
	if _, err := time.Parse(time.DateOnly, r.ValidFrom); err != nil {
		check.fail("/validFrom", "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
	if len(r.Body) > MaximumReference {
		check.fail("/body", "too-large", "The body is larger than 512 KiB.", "内容超过 512 KiB。")
	} else if !r.Withdraws() {
		r.Body = check.body(r)
	}
	r.Digest = DigestOf(r.Body)
	return r, check.err("invalid-reference", "The document breaks a rule: see errors.", "文件不符合规定，详见 errors。")
}

// DigestOf is SHA-256 in hexadecimal.
func DigestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// body is the canonical body: sorted names, no spaces, and what the frame says written into it, so that the kinds'
// parsers find it. A body that says something else of itself is refused.
func (c *checker) body(r Reference) []byte {
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	decoder.UseNumber()
	fields := map[string]any{}
	if err := decoder.Decode(&fields); err != nil || decoder.More() || fields == nil {
		c.fail("/body", "not-an-object", "The body is one JSON object.", "内容应为一个 JSON 对象。")
		return nil
	}
	frame := map[string]string{"version": r.Version, "validFrom": r.ValidFrom}
	if r.Kind == ReferenceCalendar || r.Kind == ReferenceClocks {
		frame = map[string]string{"version": r.Version, "level": string(r.Layer()), "unit": r.Unit}
	}
	for name, value := range frame {
		if given, present := fields[name]; present && given != value {
			c.fail("/body/"+name, "differs", "Leave it out, or write "+value+", as outside the body.", "请省略，或与文件头一致，写成 "+value+"。")
		}
		fields[name] = value
	}
	return []byte(encoded(fields))
}

// ReferenceVersions are the documents of one kind that one unit may have in force on a day, the one that counts first:
// the latest day, then the latest publication.
func ReferenceVersions(all []Reference, kind ReferenceKind, unit, day string) []Reference {
	var versions []Reference
	for _, r := range all {
		if r.Kind == kind && r.Unit == unit && r.ValidFrom <= day {
			versions = append(versions, r)
		}
	}
	slices.SortFunc(versions, func(a, b Reference) int {
		return cmp.Or(strings.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.Revision, a.Revision))
	})
	return versions
}

// ReferenceUnits are the units whose documents a unit reads, in the order of their layers: its province, its county,
// itself.
func ReferenceUnits(unit string) []string {
	var units []string
	for _, size := range []int{provinceCodeSize, countyCodeSize, tenantCodeSize} {
		if len(unit) >= size {
			units = append(units, unit[:size])
		}
	}
	return units
}

// Succeeds refuses a document that could never come into force, or that changes one that was published: Conflict
// "reference-published" for the same version with another content, Invalid "invalid-reference" for a day before that of
// the latest. known tells that the very same document is published already. earlier are the unit's documents of the kind.
func (r Reference) Succeeds(earlier []Reference) (known bool, err error) {
	latest := ""
	for _, e := range earlier {
		if e.Version == r.Version {
			if e.Digest == r.Digest && e.ValidFrom == r.ValidFrom {
				return true, nil
			}
			return false, Fail(Conflict, "reference-published",
				"Version "+r.Version+" was published with another content, and what is published never changes: give the new content a new version.",
				"版本 "+r.Version+" 已发布且内容不同；已发布的版本不得改动，请为新内容另编版本号。")
		}
		latest = max(latest, e.ValidFrom)
	}
	if r.ValidFrom < latest {
		return false, Fail(Invalid, "invalid-reference", "The document would never come into force.", "该版本不会生效。").
			WithFields(FieldError{"/validFrom", "too-early", "A version from " + latest + " on is published: give that day or a later one.", "已有自 " + latest + " 起生效的版本，请填写该日或之后的日期。"})
	}
	return false, nil
}

// AnyRevision is the revision of a caller who insists on none.
const AnyRevision = -1

// LatestRevision is the revision of the latest of a unit's own documents of a kind, which come the latest first; 0 for
// none.
func LatestRevision(own []Reference) int64 {
	if len(own) == 0 {
		return 0
	}
	return own[0].Revision
}

// Follows is Succeeds for somebody who saw a revision: Stale "stale-version" when another one was published since, and
// Conflict "reference-published" for a document that was published and has been succeeded, because publishing it again
// would not bring it back.
func (r Reference) Follows(own []Reference, seen int64) (known bool, err error) {
	if seen != AnyRevision && seen != LatestRevision(own) {
		return false, StaleVersion()
	}
	known, err = r.Succeeds(own)
	if known && own[0].Version != r.Version {
		return false, Fail(Conflict, "reference-published",
			"Version "+r.Version+" was published and has been succeeded by "+own[0].Version+": publish it again under a new version.",
			"版本 "+r.Version+" 已发布并被 "+own[0].Version+" 取代，请另编版本号重新发布。")
	}
	return known, err
}

// NumberPattern is one version of how the committees of a place number their volumes; a committee's own pattern goes
// before it.
type NumberPattern struct {
	Version   string `json:"version"`
	ValidFrom string `json:"validFrom"` // 2006-01-02
	Pattern   string `json:"pattern"`   // as Committee.Pattern
}

// BaseNumberPattern is the built-in version.
func BaseNumberPattern() NumberPattern {
	return NumberPattern{Version: "base-1", ValidFrom: "2020-01-01", Pattern: DefaultPattern}
}

// ParseNumberPattern reads and checks a published version.
func ParseNumberPattern(document []byte) (NumberPattern, error) {
	var p NumberPattern
	if err := decodeStrictly(document, &p); err != nil {
		return NumberPattern{}, err
	}
	var check checker
	check.version(p.Version, p.ValidFrom)
	if _, err := (Committee{Prefix: "示例", Pattern: p.Pattern}).Number(minYear, 1); p.Pattern == "" || err != nil {
		check.fail("/pattern", "number-pattern", "Write {year} once, {serial} or {serial:4} once, {prefix} at most once, and no other braces.",
			"编号格式必须含有一个{year}和一个{serial}（如{serial:4}），{prefix}至多一个，不得有其他花括号。")
	}
	return p, check.err("invalid-number-pattern", "The numbering pattern breaks a rule.", "编号格式不符合规定。")
}

// Withdrawal is the document by which a unit takes back what it said of a kind, from a day on, or from the day of its
// latest document when that is later. own are its documents of the kind, the latest revision first.
func (k ReferenceKind) Withdrawal(unit, day string, own []Reference) Reference {
	next := int64(1)
	for i, r := range own {
		day = max(day, r.ValidFrom)
		if i == 0 {
			next = r.Revision + 1
		}
	}
	return Reference{Kind: k, Unit: unit, Version: "withdrawn-" + strconv.FormatInt(next, 10), ValidFrom: day, Digest: DigestOf(nil)}
}

// Published is the document with who publishes it and when.
func (r Reference) Published(by Principal, at time.Time) Reference {
	r.By, r.At = by, at
	return r
}

// UnknownReference is the answer about a kind that is none.
func UnknownReference() *Error {
	return Fail(NotFound, "unknown-reference", "There is no such kind of reference data: see the list reference-kinds.", "没有此类参考数据，请见代码表 reference-kinds。")
}
