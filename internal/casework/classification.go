package casework

import (
	"context"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// ClassifyCase places the case in the families of types beside its own.
func (s *Service) ClassifyCase(ctx context.Context, r Request, id mediation.ID, version int64, choice mediation.Classifying) (mediation.Case, Receipt, error) {
	return applyBook(ctx, s, r, mediation.VerbClassify, id, version, mediation.Case.Classify, choice)
}

// applyBook is apply for a verb that goes by the rulebook.
func applyBook[C any](ctx context.Context, s *Service, r Request, name mediation.Verb, id mediation.ID, version int64,
	do func(c mediation.Case, book mediation.Rulebook, command C, act mediation.Act) (mediation.Case, mediation.Entry, error), command C,
) (mediation.Case, Receipt, error) {
	return apply(ctx, s, r, name, id, version,
		func(c mediation.Case, command C, act mediation.Act) (mediation.Case, mediation.Entry, error) {
			book, err := s.rulebook()
			if err != nil {
				return mediation.Case{}, mediation.Entry{}, err
			}
			return do(c, book, command, act)
		}, command)
}

// rulebook is what is in force of types, difficulty and risk. Each rule is named by the document that counts, and by
// whose it is, because that is what a record stores.
func (s *Service) rulebook() (mediation.Rulebook, error) {
	f, err := s.inForce()
	if err != nil {
		return mediation.Rulebook{}, err
	}
	book := mediation.Rulebook{Types: f.Mapping, Grades: f.Grade, Risks: f.Risk}
	for kind, version := range map[mediation.ReferenceKind]*string{
		mediation.ReferenceTypeMapping: &book.Types.Version, mediation.ReferenceGradeRules: &book.Grades.Version, mediation.ReferenceRiskRules: &book.Risks.Version,
	} {
		if k, err := f.Kind(kind); err == nil {
			*version = k.Layers[len(k.Layers)-1].String()
		}
	}
	return book, nil
}
