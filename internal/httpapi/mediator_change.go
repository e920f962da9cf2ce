package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// VerificationInput is how an identity was verified.
type VerificationInput struct {
	Method VerificationCode `json:"method" example:"identity-card"`
}

// RemovalInput is why a mediator is removed.
type RemovalInput struct {
	Ground RemovalGround `json:"ground" example:"bribe"`
	Reason string        `json:"reason" minLength:"1" maxLength:"2000" example:"收受当事人礼金，经查属实"`
}

// PostingInput is a place in an organisation.
type PostingInput struct {
	Organisation string         `json:"organisation" format:"uuid" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c52" doc:"An organisation of this unit or of the county desk."`
	Engagement   EngagementCode `json:"engagement" example:"full-time"`
	From         string         `json:"from" format:"date" example:"2026-11-23"`
	To           string         `json:"to,omitempty" format:"date" example:"2027-12-31" doc:"The last day, where it is known."`
}

// LastDayInput ends something.
type LastDayInput struct {
	To     string `json:"to" format:"date" example:"2026-11-23" doc:"The last day."`
	Reason string `json:"reason,omitempty" maxLength:"2000" example:"任期届满"`
}

// LeaveInput is a time in which a mediator is given no new case.
type LeaveInput struct {
	Kind LeaveCode `json:"kind" example:"annual"`
	From string    `json:"from" format:"date" example:"2026-12-01"`
	To   string    `json:"to,omitempty" format:"date" example:"2026-12-05" doc:"The last day; leave it out when it is not known yet."`
	Note string    `json:"note,omitempty" maxLength:"2000" example:"年休假"`
}

// ConflictInput declares a conflict of interest.
type ConflictInput struct {
	Kind    ConflictCode    `json:"kind" example:"kin" doc:"Not self, which is seen from the identity."`
	Against CounterpartView `json:"against" doc:"A case, or a person or organisation by identity or name."`
	Note    string          `json:"note,omitempty" maxLength:"2000" example:"申请人堂弟" doc:"Needed for the kind other."`
}

type (
	// mediatorInput is a change of one mediator.
	mediatorInput[B any] struct {
		MediatorPath
		KeyHeader
		MatchHeader
		Body B
	}
	// postingInput, leaveInput and conflictInput are a change of one part of a mediator's record.
	postingInput struct {
		MediatorPath
		KeyHeader
		MatchHeader
		Posting string `path:"posting" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71" doc:"Id of a posting of this mediator."`
		Body    LastDayInput
	}
	leaveInput struct {
		MediatorPath
		KeyHeader
		MatchHeader
		Leave string `path:"leave" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71" doc:"Id of a leave of this mediator."`
		Body  LastDayInput
	}
	conflictInput struct {
		MediatorPath
		KeyHeader
		MatchHeader
		Conflict string `path:"conflict" example:"01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c71" doc:"Id of a conflict of interest of this mediator."`
		Body     LastDayInput
	}
)

// mediatorUse is one use case that changes a mediator.
type mediatorUse[B any] func(*casework.Service, context.Context, mediation.Request, registry.ID, int64, B) (registry.Mediator, mediation.Receipt, error)

// changeMediator settles If-Match, then does the change.
func (a *API) changeMediator(ctx context.Context, path string, do func(*exchange, registry.ID, int64) (registry.Mediator, mediation.Receipt, error)) (*registryOutput[RegisteredMediatorView], error) {
	e, id := exchangeOf(ctx), recordID(path)
	version, err := e.ifMatch.demand(func() (int64, error) {
		m, err := e.tenant.Mediator(ctx, e.request(), id)
		return m.Version, err
	})
	if err != nil {
		return nil, err
	}
	m, receipt, err := do(e, id, version)
	if err != nil {
		return nil, err
	}
	return altered(a.registeredView(m), m.Version, receipt), nil
}

// changingMediator registers an operation that changes one mediator.
func changingMediator[B any](a *API, op operation, do mediatorUse[B]) {
	op.guarded, op.path = true, mediatorPath+op.path
	register(a, op.ofRegistry(), func(ctx context.Context, in *mediatorInput[B]) (*registryOutput[RegisteredMediatorView], error) {
		return a.changeMediator(ctx, in.Mediator, func(e *exchange, id registry.ID, version int64) (registry.Mediator, mediation.Receipt, error) {
			return do(e.tenant, ctx, e.request(), id, version, in.Body)
		})
	})
}

// endingPart registers an operation that ends a posting, a leave or a conflict of interest, whose id stands in the path.
// The rules name it by a pointer; the problem names the parameter.
func endingPart[I any](a *API, op operation, parameter string, read func(*I) (mediator, part string, body LastDayInput), do func(*casework.Service, context.Context, mediation.Request, registry.ID, int64, registry.ID, LastDayInput) (registry.Mediator, mediation.Receipt, error)) {
	op.guarded, op.path = true, mediatorPath+op.path
	register(a, op.ofRegistry(), func(ctx context.Context, in *I) (*registryOutput[RegisteredMediatorView], error) {
		path, part, body := read(in)
		return a.changeMediator(ctx, path, func(e *exchange, id registry.ID, version int64) (registry.Mediator, mediation.Receipt, error) {
			m, receipt, err := do(e.tenant, ctx, e.request(), id, version, recordID(part), body)
			return m, receipt, atParameter(err, parameter)
		})
	})
}

func atParameter(err error, parameter string) error {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return err
	}
	named := *refusal
	named.Fields = slices.Clone(refusal.Fields)
	for i, field := range named.Fields {
		if field.Pointer == "/"+parameter {
			named.Fields[i].Pointer = "path." + parameter
		}
	}
	return &named
}

// registerMediatorRecord is about the record itself: content, identity, status, filing.
func (a *API) registerMediatorRecord() {
	changingMediator(a, operation{
		id: "change-mediator", method: http.MethodPut, action: mediation.ActionMediatorChange,
		summary: "Change a mediator's record", summaryZH: "变更调解员信息", example: RegisteredMediatorChangeInput{exampleRegistered(), "电话变更"},
		description: "Replaces the whole content: read it, change it, send it back with its ETag. When name or identity change, the verification falls.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in RegisteredMediatorChangeInput) (registry.Mediator, mediation.Receipt, error) {
		return s.ChangeMediator(ctx, r, id, version, in.content(), in.Reason)
	})
	changingMediator(a, operation{
		id: "verify-mediator", path: "/verify", action: mediation.ActionMediatorVerify,
		summary: "Verify a mediator's identity", summaryZH: "实名核验调解员", example: VerificationInput{Method: "identity-card"},
		description: "Takes down how the identity was verified, with the moment and who did it.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in VerificationInput) (registry.Mediator, mediation.Receipt, error) {
		return s.VerifyMediator(ctx, r, id, version, string(in.Method))
	})
	a.registerMediatorStatus()
	changingMediator(a, operation{
		id: "file-mediator", path: "/filings", action: mediation.ActionMediatorFile,
		summary: "File a mediator with the bureau", summaryZH: "提交调解员备案", example: FilingInput{Kind: "new"},
		description: "Submits a new filing, a change or a cancellation; one at a time. 409 not-ready-for-filing lists what is missing, first of all the verified identity.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in FilingInput) (registry.Mediator, mediation.Receipt, error) {
		return s.FileMediator(ctx, r, id, version, registry.FilingKind(in.Kind), in.Note)
	})
	changingMediator(a, operation{
		id: "decide-mediator-filing", path: "/filings/decision", action: mediation.ActionMediatorDecide,
		summary: "Answer a mediator's filing", summaryZH: "审核调解员备案", example: FilingDecisionInput{Accepted: true, Number: "惠司调员备〔2026〕15号"},
		description: "The bureau accepts the filing that waits, with its number, or returns it, with the reason.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in FilingDecisionInput) (registry.Mediator, mediation.Receipt, error) {
		return s.DecideMediatorFiling(ctx, r, id, version, in.decision())
	})
}

func (a *API) registerMediatorStatus() {
	for _, status := range []struct {
		operation
		to registry.MediatorStatus
	}{
		{operation{id: "suspend-mediator", path: "/suspend", summary: "Suspend a mediator", summaryZH: "暂停调解员",
			description: "The mediator is given no case for a time."}, registry.MediatorSuspended},
		{operation{id: "resume-mediator", path: "/resume", summary: "Let a mediator serve again", summaryZH: "恢复调解员",
			description: "Ends a suspension."}, registry.MediatorActive},
		{operation{id: "depart-mediator", path: "/depart", summary: "Let a mediator go", summaryZH: "调解员离任",
			description: "Ends the service; every posting ends that day. Whoever comes back is registered again."}, registry.MediatorLeft},
	} {
		op := status.operation
		op.action, op.example = mediation.ActionMediatorStatus, WhyInput{Reason: "本人申请"}
		changingMediator(a, op,
			func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in WhyInput) (registry.Mediator, mediation.Receipt, error) {
				return s.SetMediatorStatus(ctx, r, id, version, status.to, "", in.Reason)
			})
	}
	changingMediator(a, operation{
		id: "remove-mediator", path: "/remove", action: mediation.ActionMediatorStatus,
		summary: "Remove a mediator", summaryZH: "罢免或者解聘调解员", example: RemovalInput{Ground: "bribe", Reason: "收受当事人礼金，经查属实"},
		description: "Ends the service on a legal ground of the list mediator-removal-grounds; every posting ends that day.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in RemovalInput) (registry.Mediator, mediation.Receipt, error) {
		return s.SetMediatorStatus(ctx, r, id, version, registry.MediatorRemoved, string(in.Ground), in.Reason)
	})
}

// registerMediatorService is about where a mediator serves, and when not.
func (a *API) registerMediatorService() {
	changingMediator(a, operation{
		id: "post-mediator", path: "/postings", action: mediation.ActionMediatorPost,
		summary: "Give a mediator a place in an organisation", summaryZH: "登记任职",
		example:     PostingInput{Organisation: exampleParty, Engagement: "part-time", From: exampleDay},
		description: "Full-time service is possible in one organisation of the whole county at a time (409 full-time-elsewhere, which names the rule and not the place) and needs the identity number.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in PostingInput) (registry.Mediator, mediation.Receipt, error) {
		return s.JoinOrganisation(ctx, r, id, version, registry.Posting{
			Organisation: registry.ID(in.Organisation), Engagement: registry.Engagement(in.Engagement), From: in.From, To: in.To,
		})
	})
	endingPart(a, operation{
		id: "end-posting", path: "/postings/{posting}/end", action: mediation.ActionMediatorPost,
		summary: "End a place in an organisation", summaryZH: "结束任职", example: LastDayInput{To: exampleDay, Reason: "调往他镇"},
		description: "Gives the posting its last day.",
	}, "posting", func(in *postingInput) (string, string, LastDayInput) { return in.Mediator, in.Posting, in.Body },
		func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, part registry.ID, in LastDayInput) (registry.Mediator, mediation.Receipt, error) {
			return s.QuitOrganisation(ctx, r, id, version, part, in.To, in.Reason)
		})
	changingMediator(a, operation{
		id: "take-leave", path: "/leaves", action: mediation.ActionMediatorLeave,
		summary: "Write a leave down", summaryZH: "登记请假", example: LeaveInput{Kind: "annual", From: "2026-12-01", To: "2026-12-05"},
		description: "On leave, a mediator is not suggested and cannot be assigned. Mediators do this on the own record.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in LeaveInput) (registry.Mediator, mediation.Receipt, error) {
		return s.TakeLeave(ctx, r, id, version, registry.Leave{Kind: string(in.Kind), From: in.From, To: in.To, Note: in.Note})
	})
	endingPart(a, operation{
		id: "end-leave", path: "/leaves/{leave}/end", action: mediation.ActionMediatorLeave,
		summary: "End a leave", summaryZH: "结束请假", example: LastDayInput{To: exampleDay},
		description: "Gives the leave its last day; one that is to end before it began is struck out.",
	}, "leave", func(in *leaveInput) (string, string, LastDayInput) { return in.Mediator, in.Leave, in.Body },
		func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, part registry.ID, in LastDayInput) (registry.Mediator, mediation.Receipt, error) {
			return s.EndLeave(ctx, r, id, version, part, in.To)
		})
}

// registerMediatorConflicts is about from whom a mediator keeps away.
func (a *API) registerMediatorConflicts() {
	changingMediator(a, operation{
		id: "declare-conflict", path: "/conflicts", action: mediation.ActionMediatorDeclare,
		summary: "Declare a conflict of interest", summaryZH: "申报回避",
		example: ConflictInput{Kind: "kin", Against: CounterpartView{Name: "张三", IdentityType: "resident-id", IdentityNumber: "990101188001010015"}, Note: "堂兄弟"},
		description: "From now on the mediator cannot be assigned to the cases it is about, and the mediator's login does not open them (403 conflict-of-interest). " +
			"Two numbers are compared where both are known, otherwise the names. Mediators do this on the own record.",
	}, func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, in ConflictInput) (registry.Mediator, mediation.Receipt, error) {
		return s.DeclareConflict(ctx, r, id, version, registry.ConflictOfInterest{
			Kind: registry.ConflictKind(in.Kind), Note: in.Note,
			Against: registry.Counterpart{Case: bodyID(in.Against.Case), IdentityType: string(in.Against.IdentityType),
				IdentityNumber: in.Against.IdentityNumber, Name: in.Against.Name},
		})
	})
	endingPart(a, operation{
		id: "end-conflict", path: "/conflicts/{conflict}/end", action: mediation.ActionMediatorClear,
		summary: "End a conflict of interest", summaryZH: "解除回避", example: LastDayInput{To: exampleDay, Reason: "当事人已调离"},
		description: "Writes down that it holds no more, and why. Nobody lifts their own.",
	}, "conflict", func(in *conflictInput) (string, string, LastDayInput) { return in.Mediator, in.Conflict, in.Body },
		func(s *casework.Service, ctx context.Context, r mediation.Request, id registry.ID, version int64, part registry.ID, in LastDayInput) (registry.Mediator, mediation.Receipt, error) {
			return s.EndConflict(ctx, r, id, version, part, in.To, in.Reason)
		})
}
