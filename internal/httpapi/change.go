package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// changeInput is a change of a case, with the words of the change as its body.
type changeInput[B any] struct {
	CasePath
	KeyHeader
	MatchHeader
	Body B
}

// useCase is one of a tenant's use cases that change a case by a command.
type useCase[C any] func(*casework.Service, context.Context, mediation.Request, mediation.ID, int64, C) (mediation.Case, mediation.Receipt, error)

// changing registers an operation that changes a case. path goes behind the case's own.
func changing[B, C any](a *API, op operation, command func(B) C, do useCase[C]) {
	register(a, op.ofCase(), func(ctx context.Context, in *changeInput[B]) (*caseOutput, error) {
		return changeCase(ctx, in.Case, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
			return do(e.tenant, ctx, e.request(), id, version, command(in.Body))
		})
	})
}

// numbered registers a change of one numbered thing of a case (a meeting, a referral …), whose number stands in the
// path as the parameter. The rules name it /number; the problem names the parameter.
func numbered[I, C any](a *API, op operation, parameter string, read func(*I) (path string, command C), do useCase[C]) {
	register(a, op.ofCase(), func(ctx context.Context, in *I) (*caseOutput, error) {
		path, command := read(in)
		return changeCase(ctx, path, func(e *exchange, id mediation.ID, version int64) (mediation.Case, mediation.Receipt, error) {
			c, receipt, err := do(e.tenant, ctx, e.request(), id, version, command)
			return c, receipt, inPath(err, parameter)
		})
	})
}

// ofCase completes an operation that changes one case.
func (op operation) ofCase() operation {
	op.method, op.path, op.guarded = http.MethodPost, casesPath+"/{case}/"+op.path, true
	op.statuses = append(op.statuses, http.StatusNotFound, http.StatusMisdirectedRequest)
	return op
}

// inPath names the parameter of the path where the rules speak of the number.
func inPath(err error, parameter string) error {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) || refusal.Kind != mediation.Invalid {
		return err
	}
	named := *refusal
	named.Fields = slices.Clone(refusal.Fields)
	for i, field := range named.Fields {
		if field.Pointer == "/number" {
			named.Fields[i].Pointer = "path." + parameter
		}
	}
	return &named
}

// idsOf reads ids of parties. What is no id of the case is refused by the rules, with its place.
func idsOf(texts []string) []mediation.ID {
	ids := make([]mediation.ID, 0, len(texts))
	for _, text := range texts {
		ids = append(ids, mediation.ID(text))
	}
	return ids
}

func textsOf[T ~string](values []T) []string {
	texts := make([]string, 0, len(values))
	for _, value := range values {
		texts = append(texts, string(value))
	}
	return texts
}

// views shows every item of a list; an empty list is [], never null.
func views[T, V any](items []T, view func(T) V) []V {
	shown := make([]V, 0, len(items))
	for _, item := range items {
		shown = append(shown, view(item))
	}
	return shown
}

// exampleParty and exampleOther are the ids of the two parties in examples.
const (
	exampleParty = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3f"
	exampleOther = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c40"
	exampleDay   = "2026-11-23"
)
