package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// document is the OpenAPI 3.1 description, written once at start.
type document struct {
	json, yaml []byte
}

// Document returns the OpenAPI description as YAML, as it is committed in api/openapi.yaml.
func (a *API) Document() []byte { return a.document.yaml }

func documentInfo(version string) *huma.Info {
	if version == "" {
		version = "0.0.0"
	}
	return &huma.Info{
		Title:   "Tiaojie API 人民调解平台接口",
		Version: version,
		License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		Description: strings.TrimSpace(`
People's mediation in counties and townships. One URL space: paths under /v1/tenants/{tenant} work on one township or
county desk, paths under /v1/counties/{county} on a whole county.

* Problems are application/problem+json (RFC 9457) with a stable code, in zh-CN or en by Accept-Language.
* Every write takes an optional Idempotency-Key; the same key and request within 7 days gives the same result.
* Every change of a case demands If-Match with the ETag that a read gave: 428 without it, 412 when it is stale. Members take it, and do not demand it.
* Lists page with cursor and limit; next in the body and the Link header lead on; total is exact up to 10,000.
* Money is integer fen, time RFC 3339 at +08:00, codes of units are strings.

人民调解业务接口。/v1/tenants/{tenant} 下的路径针对一个乡镇（街道）或县指挥中心，/v1/counties/{county} 下的路径针对全县。
错误为 application/problem+json，code 稳定，按 Accept-Language 返回中文或英文；写操作可带 Idempotency-Key，七日内同键同请求返回同一结果；
修改案件须带读取时得到的 ETag（If-Match），缺少返回 428，过期返回 412（成员可带可不带）；列表用 cursor 翻页；金额单位为分；时间为东八区 RFC 3339；编码均为字符串。`),
	}
}

// Tags of the operations on cases.
const (
	tagCases      = "cases"
	tagMediation  = "mediation"
	tagOutcome    = "outcome"
	tagRoutes     = "routes"
	tagFile       = "file"
	tagNotices    = "notices"
	tagDisclosure = "disclosure"
	tagRegistry   = "registry"
	tagJudgement  = "judgement"
	tagLeads      = "leads"
	tagScreening  = "screening"
	tagAudit      = "audit"
)

// documentTags are in the order of a clerk's day: what was found, what becomes of it, how it ends, then what is looked
// up and looked after.
func documentTags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "me", Description: "The caller: roles, units. 本人：角色与单位"},
		{Name: tagScreening, Description: "Screening rounds: who looks where, zero reports, coverage. 排查轮次：任务、零报告、覆盖情况"},
		{Name: tagLeads, Description: "Leads found in screening, one by one or as a batch. 线索：逐条上报或批量导入"},
		{Name: tagCases, Description: "Cases of one township: file, find, accept, follow. 纠纷案件：登记、检索、受理、跟踪"},
		{Name: tagJudgement, Description: "Type, difficulty and risk 分类、分级与风险"},
		{Name: tagMediation, Description: "Mediating a case: mediators, meetings, dangers, pauses. 调解过程：指派、调解、险情、中止"},
		{Name: tagOutcome, Description: "Outcome and performance: agreement, confirmation, payments, visits. 调解结果与履行：协议、司法确认、履行、回访"},
		{Name: tagRoutes, Description: "Transfers and other roads 移送与转介"},
		{Name: tagFile, Description: "File, printed papers, closing and archive 卷宗、文书、结案与归档"},
		{Name: tagDisclosure, Description: "Masked data, and who looked at it 脱敏信息查看"},
		{Name: tagNotices, Description: "Notices 通知"},
		{Name: tagRegistry, Description: "Organisations, mediators and legal advisers 调解组织、调解员与法律顾问"},
		{Name: "county", Description: "What a whole county sees: cases, deadlines, repeat parties, staff. 全县：案件、期限、重复当事人、力量统计"},
		{Name: "members", Description: "Members of units and their roles 成员与角色"},
		{Name: "units", Description: "Counties and townships 区县与乡镇"},
		{Name: "codes", Description: "Code lists: every closed list with its words. 代码表"},
		{Name: tagReference, Description: "Reference data: calendars, deadlines, maps. 参考数据：日历、期限规则、对应关系"},
		{Name: tagAudit, Description: "Records of what was looked at, permitted or refused 审计记录"},
	}
}

// writeDocument adds the shared problem responses and the headers that Huma cannot see, and writes both forms.
func writeDocument(api *huma.OpenAPI) (document, error) {
	schemas := api.Components.Schemas
	problem := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	delete(schemas.Map(), "ErrorModel") // Huma's own, which translate replaces
	delete(schemas.Map(), "ErrorDetail")
	for name, schema := range schemas.Map() {
		if isAnswer(name) {
			schema.AdditionalProperties = nil // answers may gain members; requests may not have unknown ones
		}
	}
	if err := maskExamples(schemas); err != nil {
		return document{}, err
	}
	recorded, err := recordedProblems()
	if err != nil {
		return document{}, err
	}
	api.Components.Responses = map[string]*huma.Response{}
	for _, item := range api.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			showPath(op)
			for status, response := range op.Responses {
				if response.Ref != "" {
					api.Components.Responses["Problem"+status] = problemResponse(status, problem, recorded)
				}
			}
		}
	}
	asJSON, err := api.MarshalJSON()
	if err != nil {
		return document{}, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	asYAML, err := api.YAML()
	if err != nil {
		return document{}, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return document{json: asJSON, yaml: asYAML}, nil
}

// showPath puts the examples of an address where the page looks for them, and fills its fields in.
func showPath(op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.In == "path" && len(p.Schema.Examples) > 0 {
			p.Example = p.Schema.Examples[0]
		}
	}
}

// isAnswer tells the schemas of answers from those of requests, by their names.
func isAnswer(schema string) bool {
	return strings.HasSuffix(schema, "View") || strings.HasSuffix(schema, "OutputBody") ||
		slices.Contains([]string{"Problem", "FieldProblem", "Total"}, schema)
}

func problemResponse(status string, schema *huma.Schema, recorded []recordedProblem) *huma.Response {
	code, err := strconv.Atoi(status)
	if err != nil {
		code = http.StatusInternalServerError
	}
	text := &huma.Schema{Type: huma.TypeString}
	headers := map[string]*huma.Param{"Content-Language": {Schema: text, Description: "zh-CN or en", Example: string(english)}}
	switch code {
	case http.StatusServiceUnavailable, http.StatusConflict, http.StatusTooManyRequests:
		headers["Retry-After"] = &huma.Param{Schema: text, Description: "Seconds to wait, where waiting helps", Example: "2"}
	case http.StatusUnauthorized:
		headers["WWW-Authenticate"] = &huma.Param{Schema: text, Description: "RFC 6750 challenge", Example: challenge("token-expired")}
	}
	content := &huma.MediaType{Schema: schema, Examples: map[string]*huma.Example{}}
	for _, problem := range recorded {
		if problem.EN.Status == code {
			content.Examples[problem.EN.Code] = &huma.Example{Summary: problem.EN.Code + ": " + problem.EN.Title, Value: problem.EN}
			content.Examples[problem.ZH.Code+"."+string(chinese)] = &huma.Example{Summary: problem.ZH.Code + "：" + problem.ZH.Title, Value: problem.ZH}
		}
	}
	return &huma.Response{
		Description: http.StatusText(code), Headers: headers,
		Content: map[string]*huma.MediaType{"application/problem+json": content},
	}
}

// contentTag is a strong entity tag of bytes that never change while the process lives.
func contentTag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// names says whether the list holds the tag, by weak comparison.
func (l tagList) names(tag string) bool {
	for _, t := range l.tags {
		if `"`+t.opaque+`"` == tag {
			return true
		}
	}
	return l.any
}
