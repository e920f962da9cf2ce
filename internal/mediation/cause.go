package mediation

// CauseOfAction is what a court would call the dispute (民事案由). A case that goes on to court, or whose agreement is
// confirmed there, is found again by it.
type CauseOfAction string

// causeRow is a cause with the judicial types under which it comes to a committee. The first type is the one that it
// counts as when nobody chooses; a type's first cause in this list is its proposal.
type causeRow struct {
	Code  Code
	Types []DisputeType
}

// causeRows are the causes of 民事案件案由规定（法〔2020〕347号） that mediation sees. Their codes are ours: the regulation
// numbers its causes anew with every revision.
var causeRows = []causeRow{
	{Code{Code: "divorce", ZH: "离婚纠纷", EN: "Divorce"}, []DisputeType{"01"}},
	{Code{Code: "property-after-divorce", ZH: "离婚后财产纠纷", EN: "Property after a divorce"}, []DisputeType{"01"}},
	{Code{Code: "betrothal-gifts", ZH: "婚约财产纠纷", EN: "Betrothal gifts"}, []DisputeType{"01"}},
	{Code{Code: "child-support", ZH: "抚养纠纷", EN: "Custody and support of children"}, []DisputeType{"01"}},
	{Code{Code: "parent-support", ZH: "赡养纠纷", EN: "Support of parents"}, []DisputeType{"01"}},
	{Code{Code: "succession", ZH: "继承纠纷", EN: "Succession"}, []DisputeType{"01"}},
	{Code{Code: "division-of-household", ZH: "分家析产纠纷", EN: "Division of a household"}, []DisputeType{"01", "03"}},
	{Code{Code: "neighbouring-relations", ZH: "相邻关系纠纷", EN: "Neighbouring relations"}, []DisputeType{"02", "03"}},
	{Code{Code: "removal-of-nuisance", ZH: "排除妨害纠纷", EN: "Removal of a nuisance"}, []DisputeType{"02", "03", "07"}},
	{Code{Code: "homestead-use", ZH: "宅基地使用权纠纷", EN: "Use of a homestead"}, []DisputeType{"03"}},
	{Code{Code: "house-sale", ZH: "房屋买卖合同纠纷", EN: "Sale of a house"}, []DisputeType{"03", "04"}},
	{Code{Code: "contract", ZH: "合同纠纷", EN: "Contract"}, []DisputeType{"04", "05"}},
	{Code{Code: "private-lending", ZH: "民间借贷纠纷", EN: "Private lending"}, []DisputeType{"04"}},
	{Code{Code: "lease", ZH: "房屋租赁合同纠纷", EN: "Lease of a house"}, []DisputeType{"04", "17"}},
	{Code{Code: "construction-contract", ZH: "建设工程合同纠纷", EN: "Construction contract"}, []DisputeType{"04", "05", "10"}},
	{Code{Code: "sale", ZH: "买卖合同纠纷", EN: "Sale"}, []DisputeType{"05", "04", "14"}},
	{Code{Code: "company", ZH: "与公司有关的纠纷", EN: "Companies"}, []DisputeType{"05"}},
	{Code{Code: "partnership", ZH: "合伙合同纠纷", EN: "Partnership"}, []DisputeType{"05", "04"}},
	{Code{Code: "unjust-enrichment", ZH: "不当得利纠纷", EN: "Unjust enrichment"}, []DisputeType{"18", "04"}},
	{Code{Code: "life-and-health", ZH: "生命权、身体权、健康权纠纷", EN: "Life, body and health"}, []DisputeType{"06", "02"}},
	{Code{Code: "damage-to-property", ZH: "财产损害赔偿纠纷", EN: "Damage to property"}, []DisputeType{"06", "02"}},
	{Code{Code: "injury-of-a-provider-of-labour", ZH: "提供劳务者受害责任纠纷", EN: "Injury of somebody who provides labour"}, []DisputeType{"06", "11"}},
	{Code{Code: "reputation", ZH: "名誉权纠纷", EN: "Reputation"}, []DisputeType{"06"}},
	{Code{Code: "land-contract-right", ZH: "土地承包经营权纠纷", EN: "Right to contracted land"}, []DisputeType{"07"}},
	{Code{Code: "land-contract", ZH: "农村土地承包合同纠纷", EN: "Rural land contract"}, []DisputeType{"07"}},
	{Code{Code: "compensation-for-demolition", ZH: "房屋拆迁安置补偿合同纠纷", EN: "Compensation for demolition"}, []DisputeType{"08"}},
	{Code{Code: "pollution", ZH: "环境污染责任纠纷", EN: "Pollution"}, []DisputeType{"09"}},
	{Code{Code: "labour-remuneration", ZH: "追索劳动报酬纠纷", EN: "Pay for labour"}, []DisputeType{"10", "11"}},
	{Code{Code: "service-contract", ZH: "劳务合同纠纷", EN: "Contract for labour service"}, []DisputeType{"10", "04"}},
	{Code{Code: "labour-contract", ZH: "劳动合同纠纷", EN: "Labour contract"}, []DisputeType{"11"}},
	{Code{Code: "social-insurance", ZH: "社会保险纠纷", EN: "Social insurance"}, []DisputeType{"11"}},
	{Code{Code: "travel-contract", ZH: "旅游合同纠纷", EN: "Travel contract"}, []DisputeType{"12"}},
	{Code{Code: "online-sale", ZH: "信息网络买卖合同纠纷", EN: "Sale over an information network"}, []DisputeType{"13"}},
	{Code{Code: "service", ZH: "服务合同纠纷", EN: "Service contract"}, []DisputeType{"14", "12"}},
	{Code{Code: "product-liability", ZH: "产品责任纠纷", EN: "Product liability"}, []DisputeType{"14", "13"}},
	{Code{Code: "medical-liability", ZH: "医疗损害责任纠纷", EN: "Medical liability"}, []DisputeType{"15"}},
	{Code{Code: "medical-service", ZH: "医疗服务合同纠纷", EN: "Medical service contract"}, []DisputeType{"15"}},
	{Code{Code: "traffic-accident", ZH: "机动车交通事故责任纠纷", EN: "Motor vehicle accident"}, []DisputeType{"16"}},
	{Code{Code: "other-traffic-accident", ZH: "非机动车交通事故责任纠纷", EN: "Accident without a motor vehicle"}, []DisputeType{"16"}},
	{Code{Code: "property-service", ZH: "物业服务合同纠纷", EN: "Property service contract"}, []DisputeType{"17"}},
	{Code{Code: "owners-rights", ZH: "业主专有权纠纷", EN: "Rights of owners of units"}, []DisputeType{"17"}},
	{Code{Code: "collective-membership", ZH: "侵害集体经济组织成员权益纠纷", EN: "Rights of members of a collective"}, []DisputeType{"18", "07", "08"}},
	{Code{Code: "insurance", ZH: "保险纠纷", EN: "Insurance"}, []DisputeType{"18", "16"}},
}

var causes = func() []Code {
	codes := make([]Code, 0, len(causeRows))
	for _, row := range causeRows {
		codes = append(codes, row.Code)
	}
	return codes
}()

// causeLinks join each cause with its types.
func causeLinks() []TypeLink {
	var links []TypeLink
	proposed := map[DisputeType]bool{}
	for _, row := range causeRows {
		for i, t := range row.Types {
			first := i == 0 && !proposed[t]
			proposed[t] = proposed[t] || first
			links = append(links, TypeLink{Judicial: t, Family: FamilyCause, Code: row.Code.Code, Default: first, DefaultBack: i == 0})
		}
	}
	return links
}

// Known tells whether the cause is on the list.
func (c CauseOfAction) Known() bool { return listed(causes, string(c)) }
