package casework

import (
	"context"
	"errors"

	"tiaojie.dev/tiaojie/internal/deadline"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// codeLate is how package deadline refuses to extend a clock that has run out.
const codeLate = "extension-late"

// SuspendCase stops mediation, and its clock where the rule knows the reason, until a day that the parties set.
func (s *Service) SuspendCase(ctx context.Context, r Request, id mediation.ID, version int64, suspension mediation.Suspension) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbSuspend, id, version, mediation.Case.Suspend, suspension)
}

// ResumeCase goes on with a suspended mediation.
func (s *Service) ResumeCase(ctx context.Context, r Request, id mediation.ID, version int64, resumption mediation.Resumption) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbResume, id, version, mediation.Case.Resume, resumption)
}

// ExtendCase gives mediation until a later day, with every party's consent. The clock of mediation must still be
// running, and end before that day.
func (s *Service) ExtendCase(ctx context.Context, r Request, id mediation.ID, version int64, extension mediation.Extension) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, mediation.VerbExtend, id, version,
		func(c mediation.Case, extension mediation.Extension, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			after, entry, err := c.Extend(extension, act)
			if err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			return after, entry, s.extensionHolds(after)
		}, extension)
}

// extensionHolds asks the clock of mediation whether it can take the last extension of the case.
func (s *Service) extensionHolds(c mediation.Case) error {
	e, runs := mediationEvent(c)
	f, err := s.inForce()
	if err != nil {
		return err
	}
	rule, known := f.Rules.Rule(e.rule)
	if !runs || !known {
		return nil
	}
	last := len(e.extensions) - 1
	earlier, wanted := e, e.extensions[last]
	earlier.extensions = e.extensions[:last]
	extensions := append(allowed(rule, earlier, f.Calendar), wanted)
	_, err = deadline.Compute(rule, e.at, e.pauses, extensions, f.Calendar)
	var refusal *deadline.Error
	switch {
	case !errors.As(err, &refusal):
		return err
	case refusal.Code == codeLate:
		return mediation.Fail(mediation.Conflict, "case-incomplete",
			"The time for mediation has run out and cannot be extended any more.", "调解期限已经届满，不能再延期。").
			WithFields(mediation.FieldError{Pointer: "/extensions", Code: refusal.Code, Message: refusal.Message.EN, MessageZH: refusal.Message.ZH})
	}
	return mediation.Fail(mediation.Invalid, "invalid-extension", "The extension breaks a rule.", "延期内容不符合规定。").
		WithFields(mediation.FieldError{Pointer: "/until", Code: refusal.Code, Message: refusal.Message.EN, MessageZH: refusal.Message.ZH})
}
