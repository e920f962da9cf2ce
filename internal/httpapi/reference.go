package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// ReferenceKindView is what a unit goes by of one kind, and from where.
type ReferenceKindView struct {
	Kind     string                `json:"kind" example:"calendar" doc:"A code of the list reference-kinds."`
	Title    string                `json:"title" example:"Working-day calendar" doc:"In the language of Content-Language, like every text here."`
	Version  string                `json:"version" example:"cn-2026.1+37@2027.1" doc:"Names every layer that counts, the program's own first."`
	Layers   []ReferenceLayerView  `json:"layers" nullable:"false" doc:"The documents that count, each laid over the one before."`
	Upcoming []ReferenceLayerView  `json:"upcoming" nullable:"false" doc:"What comes into force on a later day, in order."`
	Faults   []ReferenceFaultView  `json:"faults" nullable:"false" doc:"Documents that should count and cannot be read: the one before each goes on counting."`
	Years    []ReferenceYearView   `json:"years,omitempty" doc:"Of the calendar: which years are published. In the others the week alone decides, and deadlines may still move."`
	Content  any                   `json:"content,omitempty" doc:"What the layers say together; with one kind only."`
	Own      []ReferenceRecordView `json:"own,omitempty" doc:"What the unit published itself, the latest first; with one kind only."`
}

// ReferenceLayerView names one document.
type ReferenceLayerView struct {
	Layer     string `json:"layer" enum:"base,province,county,town" example:"province" doc:"base is the program's own."`
	Unit      string `json:"unit,omitempty" example:"37"`
	Version   string `json:"version" example:"2027.1"`
	ValidFrom string `json:"validFrom" format:"date" example:"2026-11-25" doc:"The day in Asia/Shanghai from which it counts."`
	Digest    string `json:"digest,omitempty" example:"47dec4a2f3b1c09d5e8a7f6b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d" doc:"SHA-256 of the document, hexadecimal."`
}

// ReferenceFaultView says why a document is left out.
type ReferenceFaultView struct {
	ReferenceLayerView
	Code    string         `json:"code" example:"invalid-reference"`
	Message string         `json:"message" example:"The document cannot be read."`
	Errors  []FieldProblem `json:"errors" nullable:"false"`
}

// ReferenceYearView is a year of the calendar.
type ReferenceYearView struct {
	Year      int    `json:"year" example:"2027"`
	Published bool   `json:"published" example:"true" doc:"false: an assumption. Only Saturdays and Sundays are taken off."`
	Notice    string `json:"notice,omitempty" example:"国办发明电〔2025〕7号" doc:"Number of the State Council's notice."`
}

// ReferenceRecordView is a document that the unit published, with who did and when.
type ReferenceRecordView struct {
	ReferenceLayerView
	Revision    int64          `json:"revision" example:"1"`
	Withdrawn   bool           `json:"withdrawn" example:"false" doc:"It only takes back what came before."`
	PublishedAt time.Time      `json:"publishedAt" example:"2026-11-23T09:00:00+08:00"`
	Issuer      string         `json:"issuer,omitempty" example:"https://id.example" doc:"Who published it (iss)."`
	Subject     string         `json:"subject,omitempty" example:"zhang" doc:"Who published it (sub)."`
	Body        map[string]any `json:"body,omitempty" doc:"Of the latest only."`
}

// ReferenceInput is a document to publish.
type ReferenceInput struct {
	Version   string         `json:"version" example:"2026.1" doc:"Its name, never used again: letters, digits, dots and dashes, at most 32."`
	ValidFrom string         `json:"validFrom" example:"2026-12-01" doc:"The day in Asia/Shanghai from which it counts; today or before: at once."`
	Body      map[string]any `json:"body" doc:"The document, without its version, level and unit, which are written into it. Calendar: {years: [{year, notice, days: [{from, to, kind, zh, en}]}]}. Clocks: {rules: [{id, and the fields to change}]}, or {id, off: true}. The other kinds: the whole document as content shows it."`
}

func (in ReferenceInput) document(kind string) (mediation.Reference, error) {
	body, err := json.Marshal(in.Body)
	if err != nil || in.Body == nil {
		body = []byte("null")
	}
	if !mediation.ReferenceKind(kind).Known() {
		return mediation.Reference{}, mediation.UnknownReference()
	}
	return mediation.Reference{Kind: mediation.ReferenceKind(kind), Version: in.Version, ValidFrom: in.ValidFrom, Body: body}, nil
}

type (
	// ReferencePath names a kind.
	ReferencePath struct {
		Kind string `path:"kind" example:"clocks" doc:"A code of the list reference-kinds."`
	}
	// TenantReferencePath names a kind of a tenant.
	TenantReferencePath struct {
		TenantPath
		ReferencePath
	}
	// CountyReferencePath names a kind of a county.
	CountyReferencePath struct {
		CountyPath
		ReferencePath
	}
	putTenantReferenceInput struct {
		TenantReferencePath
		KeyHeader
		MatchHeader
		Body ReferenceInput
	}
	putCountyReferenceInput struct {
		CountyReferencePath
		KeyHeader
		MatchHeader
		Body ReferenceInput
	}
	withdrawTenantReferenceInput struct {
		TenantReferencePath
		KeyHeader
		MatchHeader
	}
	withdrawCountyReferenceInput struct {
		CountyReferencePath
		KeyHeader
		MatchHeader
	}
)

type listReferenceOutput struct {
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     struct {
		Unit             string              `json:"unit" example:"371621101"`
		Day              string              `json:"day" format:"date" example:"2026-11-23" doc:"Today in Asia/Shanghai."`
		Edition          string              `json:"edition" example:"9f2c51d07ab3e864" doc:"Changes when any deadline may: rules and calendar together."`
		UnpublishedYears []int               `json:"unpublishedYears" nullable:"false" doc:"Of this year and the next two, those whose holidays are not published: deadlines in them are an assumption."`
		Items            []ReferenceKindView `json:"items" nullable:"false"`
	}
}

type getReferenceOutput struct {
	ETag     string `header:"ETag" doc:"Of what the unit published itself; a PUT wants it."`
	Language string `header:"Content-Language" doc:"zh-CN or en"`
	Vary     string `header:"Vary" doc:"Accept-Language"`
	Body     ReferenceKindView
}

type putReferenceOutput struct {
	Status   int
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
	Body     ReferenceRecordView
}

type withdrawReferenceOutput struct {
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotency-Replayed" doc:"true, when the same request had been done before."`
}

const (
	tagReference        = "reference"
	tenantReferencePage = "/v1/tenants/{tenant}/reference"
	countyReferencePage = "/v1/counties/{county}/reference"
)

func (a *API) registerReference() {
	missing := []int{http.StatusNotFound, http.StatusMisdirectedRequest}
	register(a, operation{
		id: "list-reference", method: http.MethodGet, path: tenantReferencePage, tag: tagReference, action: mediation.ActionReferenceRead,
		summary: "List what a township goes by", summaryZH: "列出乡镇适用的参考数据", statuses: missing,
		description: "Calendar, clocks, type mapping, risk and grade rules and numbering in force today: the version of each layer (program, province, " +
			"county, town), what comes into force later, what cannot be read, and the years whose holidays are not published.",
	}, func(ctx context.Context, _ *TenantPath) (*listReferenceOutput, error) {
		e := exchangeOf(ctx)
		f, err := e.tenant.References(ctx, e.request())
		if err != nil {
			return nil, err
		}
		return e.listReference(f), nil
	})
	register(a, operation{
		id: "get-reference", method: http.MethodGet, path: tenantReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionReferenceRead,
		summary: "Read one kind of reference data", summaryZH: "读取一类参考数据", statuses: missing,
		description: "What is in force today of one kind, layer by layer, what the layers say together, and what the township published itself.",
	}, func(ctx context.Context, in *TenantReferencePath) (*getReferenceOutput, error) {
		e := exchangeOf(ctx)
		f, err := e.tenant.References(ctx, e.request())
		if err != nil {
			return nil, err
		}
		return e.getReference(f, in.Kind)
	})
	register(a, operation{
		id: "put-reference", method: http.MethodPut, path: tenantReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionReferencePut,
		summary: "Publish a township's own document", summaryZH: "发布乡镇参考数据", statuses: missing, guarded: true, example: exampleReference(),
		description: "Lays a document over those of county, province and program. It never changes: a new content needs a new version. A statute's clock " +
			"can be shortened and not lengthened or switched off; 422 says where. Seen everywhere within seconds; open deadlines follow.",
	}, func(ctx context.Context, in *putTenantReferenceInput) (*putReferenceOutput, error) {
		e := exchangeOf(ctx)
		return putReference(ctx, e, e.tenant.PutReference, in.Kind, in.Body)
	})
	register(a, operation{
		id: "withdraw-reference", method: http.MethodDelete, path: tenantReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionReferencePut,
		summary: "Withdraw a township's own document", summaryZH: "撤回乡镇参考数据", statuses: missing, guarded: true, status: http.StatusNoContent,
		description: "From today on the layers below count again. What was published stays on record.",
	}, func(ctx context.Context, in *withdrawTenantReferenceInput) (*withdrawReferenceOutput, error) {
		e := exchangeOf(ctx)
		return withdrawReference(ctx, e, e.tenant.WithdrawReference, in.Kind)
	})
	a.registerCountyReference(missing)
	a.registerPreview(missing)
}

func (a *API) registerCountyReference(missing []int) {
	register(a, operation{
		id: "list-county-reference", method: http.MethodGet, path: countyReferencePage, tag: tagReference, action: mediation.ActionCountyReferenceRead,
		summary: "List what a county goes by", summaryZH: "列出县级适用的参考数据", statuses: missing,
		description: "As list-reference, of the county: its towns go by this where they publish nothing of their own.",
	}, func(ctx context.Context, _ *CountyPath) (*listReferenceOutput, error) {
		e := exchangeOf(ctx)
		f, err := e.countyInForce(ctx)
		if err != nil {
			return nil, err
		}
		return e.listReference(f), nil
	})
	register(a, operation{
		id: "get-county-reference", method: http.MethodGet, path: countyReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionCountyReferenceRead,
		summary: "Read one kind of a county's reference data", summaryZH: "读取一类县级参考数据", statuses: missing,
		description: "As get-reference, of the county.",
	}, func(ctx context.Context, in *CountyReferencePath) (*getReferenceOutput, error) {
		e := exchangeOf(ctx)
		f, err := e.countyInForce(ctx)
		if err != nil {
			return nil, err
		}
		return e.getReference(f, in.Kind)
	})
	register(a, operation{
		id: "put-county-reference", method: http.MethodPut, path: countyReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionCountyReferencePut,
		summary: "Publish a county's own document", summaryZH: "发布县级参考数据", statuses: missing, guarded: true, example: exampleReference(),
		description: "Lays a document over those of province and program, for every town of the county. A town's own document that does not fit any more is " +
			"left out and listed among its faults: preview-county-reference says so before.",
	}, func(ctx context.Context, in *putCountyReferenceInput) (*putReferenceOutput, error) {
		e := exchangeOf(ctx)
		return putReference(ctx, e, e.county.PutReference, in.Kind, in.Body)
	})
	register(a, operation{
		id: "withdraw-county-reference", method: http.MethodDelete, path: countyReferencePage + "/{kind}", tag: tagReference, action: mediation.ActionCountyReferencePut,
		summary: "Withdraw a county's own document", summaryZH: "撤回县级参考数据", statuses: missing, guarded: true, status: http.StatusNoContent,
		description: "From today on the layers below count again, for every town of the county. What was published stays on record.",
	}, func(ctx context.Context, in *withdrawCountyReferenceInput) (*withdrawReferenceOutput, error) {
		e := exchangeOf(ctx)
		return withdrawReference(ctx, e, e.county.WithdrawReference, in.Kind)
	})
}

// countyInForce is what the county goes by today.
func (e *exchange) countyInForce(ctx context.Context) (*casework.InForce, error) {
	all, today, err := e.county.References(ctx, e.request())
	if err != nil {
		return nil, err
	}
	return casework.NewInForce(e.county.Unit(), today, all), nil
}

func (e *exchange) listReference(f *casework.InForce) *listReferenceOutput {
	out := &listReferenceOutput{Language: string(e.language), Vary: "Accept-Language"}
	out.Body.Unit, out.Body.Day, out.Body.Edition = f.Unit, f.Day, f.Edition()
	out.Body.UnpublishedYears = append([]int{}, f.Unpublished()...)
	out.Body.Items = views(f.Kinds, func(k casework.KindInForce) ReferenceKindView { return referenceKindView(k, e.language) })
	return out
}

func (e *exchange) getReference(f *casework.InForce, kind string) (*getReferenceOutput, error) {
	k, err := f.Kind(mediation.ReferenceKind(kind))
	if err != nil {
		return nil, err
	}
	out := &getReferenceOutput{Language: string(e.language), Vary: "Accept-Language", Body: referenceKindView(k, e.language)}
	own := f.Own(k.Kind)
	out.ETag = referenceTag(mediation.LatestRevision(own))
	out.Body.Own = views(own, referenceRecordView)
	if len(own) > 0 {
		out.Body.Own[0].Body = objectOf(own[0].Body)
	}
	out.Body.Content = referenceContent(f, k.Kind, e.language)
	if k.Kind == mediation.ReferenceCalendar {
		out.Body.Years = referenceYears(f)
	}
	return out, nil
}

// referenceTag begins at 1 for a unit that published nothing: a version is never 0.
func referenceTag(revision int64) string { return etag(revision + 1) }

// seenRevision is the revision that If-Match speaks of.
func seenRevision(e *exchange) (int64, error) {
	version, err := e.ifMatch.demand(func() (int64, error) { return 0, nil })
	return version - 1, err // 0, for any, becomes AnyRevision
}

type putReferenceUse func(context.Context, mediation.Request, mediation.Reference, int64) (mediation.Reference, mediation.Receipt, error)

func putReference(ctx context.Context, e *exchange, put putReferenceUse, kind string, in ReferenceInput) (*putReferenceOutput, error) {
	document, err := in.document(kind)
	if err != nil {
		return nil, err
	}
	seen, err := seenRevision(e)
	if err != nil {
		return nil, err
	}
	stored, receipt, err := put(ctx, e.request(), document, seen)
	if err != nil {
		return nil, err
	}
	out := &putReferenceOutput{Status: created(receipt), ETag: referenceTag(stored.Revision), Replayed: replayed(receipt), Body: referenceRecordView(stored)}
	out.Body.Body = objectOf(stored.Body)
	return out, nil
}

type withdrawReferenceUse func(context.Context, mediation.Request, mediation.ReferenceKind, int64) (mediation.Reference, mediation.Receipt, error)

func withdrawReference(ctx context.Context, e *exchange, withdraw withdrawReferenceUse, kind string) (*withdrawReferenceOutput, error) {
	seen, err := seenRevision(e)
	if err != nil {
		return nil, err
	}
	stored, receipt, err := withdraw(ctx, e.request(), mediation.ReferenceKind(kind), seen)
	if err != nil {
		return nil, err
	}
	return &withdrawReferenceOutput{ETag: referenceTag(stored.Revision), Replayed: replayed(receipt)}, nil
}

func referenceKindView(k casework.KindInForce, l language) ReferenceKindView {
	label := k.Kind.Label()
	return ReferenceKindView{
		Kind: string(k.Kind), Title: l.pick(label.EN, label.ZH), Version: k.Version,
		Layers: views(k.Layers, referenceLayerView), Upcoming: views(k.Upcoming, referenceLayerView),
		Faults: views(k.Faults, func(f casework.ReferenceFault) ReferenceFaultView { return referenceFaultView(f, l) }),
	}
}

func referenceLayerView(r mediation.Reference) ReferenceLayerView {
	return ReferenceLayerView{Layer: string(r.Layer()), Unit: r.Unit, Version: r.Version, ValidFrom: r.ValidFrom, Digest: r.Digest}
}

func referenceFaultView(f casework.ReferenceFault, l language) ReferenceFaultView {
	refusal := f.Refusal()
	return ReferenceFaultView{
		ReferenceLayerView: referenceLayerView(f.Reference), Code: refusal.Code, Message: l.pick(refusal.Message, refusal.MessageZH),
		Errors: views(refusal.Fields, func(field mediation.FieldError) FieldProblem { return fieldProblem(refusal.Code, field, l) }),
	}
}

func referenceRecordView(r mediation.Reference) ReferenceRecordView {
	return ReferenceRecordView{
		ReferenceLayerView: referenceLayerView(r), Revision: r.Revision, Withdrawn: r.Withdraws(), PublishedAt: legal(r.At),
		Issuer: r.By.Issuer, Subject: r.By.Subject,
	}
}

// objectOf reads a stored document; one that was broken by hand shows nothing.
func objectOf(body []byte) map[string]any {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return object
}

// referenceContent is what the layers of one kind say together.
func referenceContent(f *casework.InForce, kind mediation.ReferenceKind, l language) any {
	switch kind {
	case mediation.ReferenceClocks:
		return map[string][]deadline.Rule{"rules": f.Rules.All()}
	case mediation.ReferenceTypeMapping:
		return f.Mapping
	case mediation.ReferenceRiskRules:
		return f.Risk
	case mediation.ReferenceGradeRules:
		return f.Grade
	case mediation.ReferenceNumbering:
		return f.Numbering
	case mediation.ReferenceCalendar:
		return map[string][]ClockDayView{"days": views(f.Calendar.Days(), func(day deadline.Day) ClockDayView { return clockDayView(day, l) })}
	}
	return nil
}

// referenceYears are the published years, and those after them that deadlines reach.
func referenceYears(f *casework.InForce) []ReferenceYearView {
	var years []ReferenceYearView
	for _, year := range f.Calendar.Years() {
		years = append(years, ReferenceYearView{Year: year, Published: true, Notice: f.Calendar.Notice(year)})
	}
	for _, year := range f.Unpublished() {
		years = append(years, ReferenceYearView{Year: year})
	}
	return years
}

func exampleReference() ReferenceInput {
	return ReferenceInput{Version: "2026.1", ValidFrom: "2026-12-01", Body: map[string]any{"rules": []any{map[string]any{
		"id": "mediation-medical", "length": 20, "unit": "workday",
		"basis": []any{map[string]any{"law": map[string]any{"zh": "惠民县医疗纠纷调解办法（示例）", "en": "County rules on medical disputes (example)"}}},
	}}}}
}
