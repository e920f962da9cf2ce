package casework

import (
	"context"
	"slices"
	"strconv"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/registry"
)

// Suggestions are who may be assigned to a case, best first, and who may not and why. Names belongs to both.
type Suggestions struct {
	Suggested []registry.Suggestion
	Excluded  []registry.Exclusion
	Mediators map[registry.ID]registry.Mediator
	Load      map[registry.ID]int // open cases
}

// Suggestions lists whom the registry would assign to the case, with reasons. A person decides.
func (s *Service) Suggestions(ctx context.Context, r Request, id mediation.ID) (Suggestions, error) {
	c, err := s.opened(ctx, r, mediation.ActionCaseSuggest, id)
	if err != nil {
		return Suggestions{}, err
	}
	pool, err := s.store.Pool(ctx)
	if err != nil {
		return Suggestions{}, err
	}
	matter := s.matter(c, pool.Mediators)
	found := Suggestions{
		Suggested: registry.Suggest(matter, pool), Excluded: registry.Excluded(matter, pool),
		Mediators: map[registry.ID]registry.Mediator{}, Load: pool.Load,
	}
	for _, m := range pool.Mediators {
		found.Mediators[m.ID] = mediatorFor(r, m)
	}
	return found, nil
}

// matter is what choosing a mediator needs to know of a case. Somebody who was recused by login is known by the registry's
// id where there is one.
func (s *Service) matter(c mediation.Case, known []registry.Mediator) registry.Matter {
	matter := matterOf(c, s.today())
	if matter.PlaceCode == "" {
		matter.PlaceCode = s.Unit()
	}
	for _, recusal := range c.Recusals {
		matter.Recused = append(matter.Recused, registry.ID(recusal.Mediator.ID))
		for _, m := range known {
			if m.Account(recusal.Mediator.Issuer, recusal.Mediator.Subject) {
				matter.Recused = append(matter.Recused, m.ID)
			}
		}
	}
	return matter
}

func matterOf(c mediation.Case, day string) registry.Matter {
	matter := registry.Matter{
		Case: registry.ID(c.ID), Day: day, DisputeType: string(c.Type), Fields: c.Tags, PlaceCode: c.PlaceCode,
		Difficult: c.Difficulty().Complex(),
		Parties:   make([]registry.MatterParty, 0, len(c.Parties)),
	}
	for _, p := range c.Parties {
		matter.Parties = append(matter.Parties, registry.MatterParty{
			Name: p.Name, IdentityType: string(p.IdentityType), IdentityNumber: p.IdentityNumber,
		})
	}
	return matter
}

// ties are the mediators whose login a person has. Their conflicts of interest bind the person in every case.
type ties struct {
	mediators []registry.Mediator
	day       string
}

// With tells whether the person must keep away from a matter.
func (t ties) With(id mediation.ID, parties []mediation.Party) bool {
	matter := matterOf(mediation.Case{ID: id, Parties: parties}, t.day)
	return slices.ContainsFunc(t.mediators, func(m registry.Mediator) bool {
		_, tied := m.ConflictWith(matter)
		return tied
	})
}

// Against names the parties and cases of every conflict, those that have ended too, and the mediators themselves.
func (t ties) Against() (parties []mediation.Party, cases []mediation.ID) {
	for _, m := range t.mediators {
		parties = append(parties, partyBy("", m.IdentityType, m.IdentityNumber))
		for _, c := range m.Conflicts {
			parties = append(parties, partyBy(c.Against.Name, c.Against.IdentityType, c.Against.IdentityNumber))
			if c.Against.Case != "" {
				cases = append(cases, mediation.ID(c.Against.Case))
			}
		}
	}
	return parties, cases
}

func partyBy(name, paper, number string) mediation.Party {
	return mediation.Party{Name: name, IdentityType: mediation.IdentityType(paper), IdentityNumber: number}
}

// chosen fills in from the registry who is named by its id, or by a login that it knows, and refuses whom it excludes:
// Invalid "invalid-assignment" with the reason at each. Somebody the registry does not know by login must be a member who
// mediates here.
func (s *Service) chosen(ctx context.Context, tx Tx, c mediation.Case, named []mediation.Mediator, pointer func(i int) string) ([]mediation.Mediator, error) {
	pool, members, err := tx.Candidates(ctx, named)
	if err != nil {
		return nil, err
	}
	excluded := registry.Excluded(s.matter(c, pool.Mediators), pool)
	filled := slices.Clone(named)
	var fields []mediation.FieldError
	for i, n := range named {
		at := indexOf(pool.Mediators, n)
		switch {
		case at >= 0:
			m := pool.Mediators[at]
			filled[i] = filledIn(n, m)
			if out := slices.IndexFunc(excluded, func(e registry.Exclusion) bool { return e.Mediator == m.ID }); out >= 0 {
				reason := excluded[out].Reason
				fields = append(fields, mediation.FieldError{Pointer: pointer(i), Code: reason.Code, Message: reason.EN + ".", MessageZH: reason.ZH + "。"})
			}
		case n.ID != "":
			fields = append(fields, mediation.FieldError{Pointer: pointer(i) + "/id", Code: "unknown-mediator",
				Message: "Give the id of a mediator of this unit's registry.", MessageZH: "请填写本单位调解员名册中的标识。"})
		case n.Subject != "" && n.Issuer != "" && !stands(c, n):
			if problem := stranger(members, n, s.today()); problem.Code != "" {
				problem.Pointer = pointer(i) + "/subject"
				fields = append(fields, problem)
			}
		}
	}
	if len(fields) > 0 {
		return nil, mediation.Fail(mediation.Invalid, "invalid-assignment", "The assignment breaks a rule.", "指派不符合规定。").WithFields(fields...)
	}
	return filled, nil
}

// stands tells whether the login mediates the case already: leaving somebody in place names nobody new, and a case of two
// leavers must be handed over one after the other.
func stands(c mediation.Case, named mediation.Mediator) bool {
	return slices.ContainsFunc(c.Mediators, func(m mediation.Mediator) bool { return m.Issuer == named.Issuer && m.Subject == named.Subject })
}

// stranger is why a login cannot be assigned, without a code for a person who on the day is a member of the unit, or of its
// county, and may mediate.
func stranger(members []mediation.Membership, named mediation.Mediator, day string) mediation.FieldError {
	theirs := slices.DeleteFunc(slices.Clone(members), func(m mediation.Membership) bool {
		return m.Issuer != named.Issuer || m.Subject != named.Subject || m.InForce(day) != nil
	})
	switch {
	case len(theirs) == 0:
		return mediation.FieldError{Code: "unknown-mediator",
			Message:   "Nobody who is a member of this unit today signs in so: choose from the suggested mediators, or have this person added as a member first.",
			MessageZH: "本单位现任成员中没有此账号：请从推荐调解员中选择，或者先添加为本单位成员。"}
	case !slices.ContainsFunc(theirs, mayMediate):
		return mediation.FieldError{Code: "not-a-mediator",
			Message:   "This member is neither mediator nor director: choose from the suggested mediators, or give the role first.",
			MessageZH: "该成员不是调解员或者主任：请从推荐调解员中选择，或者先授予调解员角色。"}
	}
	return mediation.FieldError{}
}

// mayMediate tells whether a membership, while in force, lets a person host a case: as mediator of the town, of one of its
// villages, as its director, or from the county as mediator of an industry. A clerk keeps the record of it only, and a
// program does neither.
func mayMediate(m mediation.Membership) bool {
	return m.Kind != mediation.MemberService && slices.ContainsFunc(m.Roles, func(role mediation.Role) bool {
		return role.Mediates() && role.In(m.Unit)
	})
}

// assigning is a verb that names mediators, filled in from the registry before the rules look at it.
func (s *Service) assigning(name mediation.Verb, assignment mediation.Assignment, do func(mediation.Case, mediation.Assignment, mediation.Act) (mediation.Case, mediation.Entry, error)) verb {
	return func(ctx context.Context, tx Tx, c mediation.Case, _ Tenant, act mediation.Act) (mediation.Case, mediation.Entry, error) {
		if err := c.Can(name); err != nil {
			return mediation.Case{}, mediation.Entry{}, err
		}
		filled, err := s.chosen(ctx, tx, c, assignment.Mediators, func(i int) string { return "/mediators/" + strconv.Itoa(i) })
		if err != nil {
			return mediation.Case{}, mediation.Entry{}, err
		}
		assignment.Mediators = filled
		return do(c, assignment, act)
	}
}

// recusing fills both people in from the registry. Whoever is recused may be anybody; the replacement may not.
func (s *Service) recusing(ctx context.Context, tx Tx, c mediation.Case, recusal mediation.Recusal) (mediation.Recusal, error) {
	pool, _, err := tx.Candidates(ctx, []mediation.Mediator{recusal.Mediator})
	if err != nil {
		return recusal, err
	}
	if at := indexOf(pool.Mediators, recusal.Mediator); at >= 0 {
		recusal.Mediator = filledIn(recusal.Mediator, pool.Mediators[at])
	}
	if recusal.Replacement == nil {
		return recusal, nil
	}
	filled, err := s.chosen(ctx, tx, c, []mediation.Mediator{*recusal.Replacement}, func(int) string { return "/replacement" })
	if err == nil {
		recusal.Replacement = &filled[0]
	}
	return recusal, err
}

// indexOf finds a named person among mediators of the registry: by id, or by login where no id is given.
func indexOf(known []registry.Mediator, named mediation.Mediator) int {
	return slices.IndexFunc(known, func(m registry.Mediator) bool {
		return named.ID != "" && string(m.ID) == string(named.ID) || named.ID == "" && m.Account(named.Issuer, named.Subject)
	})
}

func filledIn(named mediation.Mediator, m registry.Mediator) mediation.Mediator {
	named.ID, named.Name, named.Issuer, named.Subject = mediation.ID(m.ID), m.Name, m.Issuer, m.Subject
	return named
}
