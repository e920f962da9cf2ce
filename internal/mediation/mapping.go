package mediation

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// GovernanceType is one of the 19 classes by which comprehensive governance (综治) counts screened disputes, "01" to "19".
type GovernanceType string

// EnterpriseMatter is one of the five kinds of enterprise-related disputes that the county centre concentrates on.
type EnterpriseMatter string

// The matters.
const (
	EnterpriseContractBreach  EnterpriseMatter = "contract-breach"
	EnterpriseDebt            EnterpriseMatter = "debt"
	EnterprisePropertyLeasing EnterpriseMatter = "property-leasing"
	EnterpriseLabourUse       EnterpriseMatter = "labour-use"
	EnterpriseWages           EnterpriseMatter = "wages"
)

// TypeFamily names a family of types beside the judicial statistics, which are the hub.
type TypeFamily string

// The families.
const (
	FamilyGovernance TypeFamily = "governance"
	FamilyEnterprise TypeFamily = "enterprise"
	FamilyCause      TypeFamily = "cause"
)

// governanceTypes follows the order of the provincial grid systems (矛盾纠纷排查统计).
var governanceTypes = []Code{
	{Code: "01", ZH: "民族宗教", EN: "Ethnic and religious"},
	{Code: "02", ZH: "军转、复退军人安置", EN: "Resettlement of veterans"},
	{Code: "03", ZH: "征地拆迁安置", EN: "Expropriation and resettlement"},
	{Code: "04", ZH: "建筑质量、物业管理", EN: "Building quality and property management"},
	{Code: "05", ZH: "土地、矿产、山林、水利权属", EN: "Title to land, mines, forest and water"},
	{Code: "06", ZH: "经济活动", EN: "Economic activity"},
	{Code: "07", ZH: "劳资", EN: "Labour"},
	{Code: "08", ZH: "企业改制", EN: "Restructuring of enterprises"},
	{Code: "09", ZH: "环境污染、生态", EN: "Pollution and ecology"},
	{Code: "10", ZH: "司法活动", EN: "Acts of justice"},
	{Code: "11", ZH: "行政执法", EN: "Administrative enforcement"},
	{Code: "12", ZH: "学校", EN: "Schools"},
	{Code: "13", ZH: "海事渔事", EN: "Maritime and fishery"},
	{Code: "14", ZH: "干部作风", EN: "Conduct of cadres"},
	{Code: "15", ZH: "村（居）务管理", EN: "Village and community affairs"},
	{Code: "16", ZH: "土地承包、“三资”管理、农民负担", EN: "Land contracts, collective assets and farmers' burdens"},
	{Code: "17", ZH: "婚姻家庭邻里", EN: "Marriage, family and neighbours"},
	{Code: "18", ZH: "医患", EN: "Medical"},
	{Code: "19", ZH: "其他", EN: "Other"},
}

var enterpriseMatters = []Code{
	{Code: string(EnterpriseContractBreach), ZH: "合同违约", EN: "Breach of contract"},
	{Code: string(EnterpriseDebt), ZH: "债权债务", EN: "Claims and debts"},
	{Code: string(EnterprisePropertyLeasing), ZH: "物业租赁", EN: "Leasing of property"},
	{Code: string(EnterpriseLabourUse), ZH: "劳动用工", EN: "Use of labour"},
	{Code: string(EnterpriseWages), ZH: "薪资", EN: "Wages"},
}

// TypeMapping is one version of the many-to-many mapping between the judicial statistics and the other families. It is
// reference data: the base is built in, a province publishes its own. What used one stores its version.
type TypeMapping struct {
	Version   string     `json:"version"`
	ValidFrom string     `json:"validFrom"` // 2006-01-02
	Source    string     `json:"source,omitempty"`
	Links     []TypeLink `json:"links"`
}

// TypeLink says that a judicial type and a code of another family can be the same dispute.
type TypeLink struct {
	Judicial DisputeType `json:"judicial"`
	Family   TypeFamily  `json:"family"`
	Code     string      `json:"code"`
	// Default marks the code that a judicial type becomes when nobody chooses.
	Default bool `json:"default,omitempty"`
	// DefaultBack marks the judicial type that the code becomes when nobody chooses.
	DefaultBack bool `json:"defaultBack,omitempty"`
}

// Known tells whether the type is on the list.
func (t GovernanceType) Known() bool { return listed(governanceTypes, string(t)) }

// Known tells whether the matter is on the list.
func (m EnterpriseMatter) Known() bool { return listed(enterpriseMatters, string(m)) }

// known tells whether the code is one of the family.
func (f TypeFamily) known(code string) bool {
	switch f {
	case FamilyGovernance:
		return listed(governanceTypes, code)
	case FamilyEnterprise:
		return listed(enterpriseMatters, code)
	case FamilyCause:
		return listed(causes, code)
	}
	return false
}

// baseLinks is the built-in proposal, a line for each pair: judicial, governance, what is the default.
var baseLinks = []TypeLink{
	{"01", FamilyGovernance, "17", true, false},
	{"02", FamilyGovernance, "17", true, true},
	{"03", FamilyGovernance, "05", true, false},
	{"03", FamilyGovernance, "04", false, false},
	{"03", FamilyGovernance, "17", false, false},
	{"04", FamilyGovernance, "06", true, true},
	{"04", FamilyGovernance, "16", false, false},
	{"05", FamilyGovernance, "06", true, false},
	{"05", FamilyGovernance, "08", false, true},
	{"05", FamilyGovernance, "13", false, true},
	{"06", FamilyGovernance, "19", true, false},
	{"06", FamilyGovernance, "12", false, true},
	{"06", FamilyGovernance, "17", false, false},
	{"07", FamilyGovernance, "05", true, true},
	{"07", FamilyGovernance, "16", false, true},
	{"08", FamilyGovernance, "03", true, true},
	{"09", FamilyGovernance, "09", true, true},
	{"10", FamilyGovernance, "07", true, false},
	{"11", FamilyGovernance, "07", true, true},
	{"11", FamilyGovernance, "08", false, false},
	{"12", FamilyGovernance, "06", true, false},
	{"13", FamilyGovernance, "06", true, false},
	{"14", FamilyGovernance, "06", true, false},
	{"15", FamilyGovernance, "18", true, true},
	{"16", FamilyGovernance, "19", true, false},
	{"17", FamilyGovernance, "04", true, true},
	{"18", FamilyGovernance, "19", true, true},
	{"18", FamilyGovernance, "01", false, true},
	{"18", FamilyGovernance, "02", false, true},
	{"18", FamilyGovernance, "10", false, true},
	{"18", FamilyGovernance, "11", false, true},
	{"18", FamilyGovernance, "12", false, false},
	{"18", FamilyGovernance, "14", false, true},
	{"18", FamilyGovernance, "15", false, true},
	{"04", FamilyEnterprise, "contract-breach", true, true},
	{"04", FamilyEnterprise, "debt", false, true},
	{"05", FamilyEnterprise, "contract-breach", true, false},
	{"05", FamilyEnterprise, "debt", false, false},
	{"04", FamilyEnterprise, "property-leasing", false, true},
	{"17", FamilyEnterprise, "property-leasing", true, false},
	{"11", FamilyEnterprise, "labour-use", true, true},
	{"10", FamilyEnterprise, "wages", true, false},
	{"11", FamilyEnterprise, "wages", false, true},
}

// BaseTypeMapping is the built-in version: which class takes which dispute was proposed with this software, since the
// two official families were never published with a table between them.
func BaseTypeMapping() TypeMapping {
	return TypeMapping{
		Version: "base-1", ValidFrom: "2020-01-01",
		Source: "人民调解案件情况统计表 18 类；综治矛盾纠纷排查统计 19 类；民事案件案由规定（法〔2020〕347号）",
		Links:  slices.Concat(baseLinks, causeLinks()),
	}
}

// ParseTypeMapping reads and checks a published version.
func ParseTypeMapping(document []byte) (TypeMapping, error) {
	var m TypeMapping
	if err := decodeStrictly(document, &m); err != nil {
		return TypeMapping{}, err
	}
	return m, m.Check()
}

// Check is Invalid "invalid-type-mapping" with every violated rule: each judicial type has exactly one default in the
// governance family, each code of each family exactly one default back, each pair stands once.
func (m TypeMapping) Check() error {
	var check checker
	check.version(m.Version, m.ValidFrom)
	pairs, forth, back := map[TypeLink]bool{}, map[string]int{}, map[string]int{}
	for i, link := range m.Links {
		pointer := "/links/" + strconv.Itoa(i)
		if !link.Judicial.Known() || !link.Family.known(link.Code) {
			check.fail(pointer, "unknown-code", "Use codes of the published lists.", "请使用已公布代码表中的代码。")
		}
		pair := TypeLink{Judicial: link.Judicial, Family: link.Family, Code: link.Code}
		if pairs[pair] {
			check.fail(pointer, "duplicate", "Each pair stands once.", "每对对应关系只写一次。")
		}
		pairs[pair] = true
		forth[string(link.Family)+string(link.Judicial)] += count(link.Default)
		back[string(link.Family)+link.Code] += count(link.DefaultBack)
	}
	check.defaults(forth, back)
	return check.err("invalid-type-mapping", "The type mapping breaks a rule.", "类型对应表不符合规定。")
}

func (c *checker) defaults(forth, back map[string]int) {
	for _, t := range disputeTypes {
		if forth[string(FamilyGovernance)+t.Code] != 1 || forth[string(FamilyEnterprise)+t.Code] > 1 || forth[string(FamilyCause)+t.Code] > 1 {
			c.fail("/links", "one-default", "Type "+t.Code+" needs exactly one default in governance, at most one in each other family.",
				"类型 "+t.Code+" 在综治类别中必须有且只有一个默认对应，在其他类别中至多一个。")
		}
	}
	for _, family := range []struct {
		name  TypeFamily
		codes []Code
	}{{FamilyGovernance, governanceTypes}, {FamilyEnterprise, enterpriseMatters}, {FamilyCause, causes}} {
		for _, code := range family.codes {
			if back[string(family.name)+code.Code] != 1 {
				c.fail("/links", "one-default-back", "Code "+code.Code+" of "+string(family.name)+" needs exactly one default judicial type.",
					"类别 "+string(family.name)+" 的代码 "+code.Code+" 必须有且只有一个默认司法统计类型。")
			}
		}
	}
}

// To lists the codes of a family that a judicial type can be, the default first.
func (m TypeMapping) To(family TypeFamily, judicial DisputeType) []string {
	var codes []string
	for _, link := range m.Links {
		switch {
		case link.Family != family || link.Judicial != judicial:
		case link.Default:
			codes = slices.Insert(codes, 0, link.Code)
		default:
			codes = append(codes, link.Code)
		}
	}
	return codes
}

// Back lists the judicial types that a code of a family can be, the default first.
func (m TypeMapping) Back(family TypeFamily, code string) []DisputeType {
	var types []DisputeType
	for _, link := range m.Links {
		switch {
		case link.Family != family || link.Code != code:
		case link.DefaultBack:
			types = slices.Insert(types, 0, link.Judicial)
		default:
			types = append(types, link.Judicial)
		}
	}
	return types
}

// version checks what every piece of reference data says of itself.
func (c *checker) version(version, validFrom string) {
	c.text("/version", version, 1, maxTag, oneLine)
	if _, err := time.Parse(time.DateOnly, validFrom); err != nil {
		c.fail("/validFrom", "invalid-date", "Give a real day as YYYY-MM-DD.", "请填写真实日期，格式为 YYYY-MM-DD。")
	}
}

var errTrailing = errors.New("something follows the document")

// decodeStrictly reads one JSON document; what it does not know is refused, so that a typing error is no silent default.
func decodeStrictly(document []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.More() {
		err = errTrailing
	}
	if err != nil {
		return Fail(Invalid, "invalid-document", "The document is not the JSON that is expected here.", "文件不是此处要求的 JSON 格式。").
			WithFields(misread(err)).WithCause(err)
	}
	return nil
}

// misread says where a document cannot be read, in the decoder's words, which name fields and types and no content.
func misread(err error) FieldError {
	pointer, wrong := "", &json.UnmarshalTypeError{}
	if errors.As(err, &wrong) && wrong.Field != "" {
		pointer = "/" + strings.ReplaceAll(wrong.Field, ".", "/")
	}
	words := strings.TrimPrefix(err.Error(), "json: ")
	return FieldError{Pointer: pointer, Code: "unreadable", Message: "This cannot be read: " + words + ".", MessageZH: "无法读取：" + words + "。"}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
