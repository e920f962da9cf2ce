package mediation

// DisputeType is one of the 18 types of the judicial statistics, "01" to "18".
type DisputeType string

// DisputeMedical is the type whose committees have rules of their own.
const DisputeMedical DisputeType = "15"

// Source is how a dispute reached the committee; the statistics count by it.
type Source string

// The sources.
const (
	SourceApplication   Source = "application"
	SourceOwnInitiative Source = "own-initiative"
	SourceReferral      Source = "referral"
)

// disputeTypes follows the order of the ministry's report (人民调解案件情况统计表).
var disputeTypes = []Code{
	{Code: "01", ZH: "婚姻家庭纠纷", EN: "Marriage and family"},
	{Code: "02", ZH: "邻里纠纷", EN: "Neighbours"},
	{Code: "03", ZH: "房屋宅基地纠纷", EN: "House and homestead"},
	{Code: "04", ZH: "合同纠纷", EN: "Contract"},
	{Code: "05", ZH: "生产经营纠纷", EN: "Production and business"},
	{Code: "06", ZH: "损害赔偿纠纷", EN: "Damages"},
	{Code: "07", ZH: "山林土地纠纷", EN: "Forest and land"},
	{Code: "08", ZH: "征地拆迁纠纷", EN: "Expropriation and demolition"},
	{Code: "09", ZH: "环境污染纠纷", EN: "Pollution"},
	{Code: "10", ZH: "拖欠农民工工资纠纷", EN: "Unpaid wages of migrant workers"},
	{Code: "11", ZH: "其他劳动争议纠纷", EN: "Other labour disputes"},
	{Code: "12", ZH: "旅游纠纷", EN: "Travel"},
	{Code: "13", ZH: "电子商务纠纷", EN: "Electronic commerce"},
	{Code: "14", ZH: "其他消费纠纷", EN: "Other consumer disputes"},
	{Code: "15", ZH: "医疗纠纷", EN: "Medical"},
	{Code: "16", ZH: "道路交通事故纠纷", EN: "Traffic accident"},
	{Code: "17", ZH: "物业纠纷", EN: "Property service"},
	{Code: "18", ZH: "其他纠纷", EN: "Other"},
}

var sources = []Code{
	{Code: string(SourceApplication), ZH: "依申请", EN: "On application", Note: "L17"},
	{Code: string(SourceOwnInitiative), ZH: "主动调解", EN: "On the committee's own initiative", Note: "L17"},
	{Code: string(SourceReferral), ZH: "接受委托移送", EN: "By referral", Note: "L18"},
}

// Known tells whether the type is on the list.
func (t DisputeType) Known() bool { return listed(disputeTypes, string(t)) }

// Known tells whether the source is on the list.
func (s Source) Known() bool { return listed(sources, string(s)) }
