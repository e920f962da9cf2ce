package mediation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// noon is a moment of a working day in 惠民县.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const town = "371621101"

func director() mediation.Actor {
	return mediation.Actor{
		Principal: mediation.Principal{Issuer: "https://id.example", Subject: "director-1", Name: "王主任"},
		Unit:      town, Roles: []mediation.Role{mediation.RoleDirector},
	}
}

// numbered gives ids that can be told apart and predicted.
func numbered() func() mediation.ID {
	n := 0
	return func() mediation.ID {
		n++
		return mediation.ID(fmt.Sprintf("id-%03d", n))
	}
}

func act() mediation.Act { return mediation.Act{At: noon, By: director(), NewID: numbered()} }

func register() mediation.Register {
	return mediation.Register{Tenant: town, Registration: "371621101-2026-000001", Committee: "committee-1"}
}

func acceptance() mediation.Acceptance {
	return mediation.Acceptance{Committee: "committee-1", Number: "（2026）惠镇人调字第0001号"}
}

// boundary is a complete filing: two neighbours quarrel over a wall.
func boundary() mediation.Filing {
	amount := int64(350_000)
	return mediation.Filing{
		Type: "02", Source: mediation.SourceApplication, Title: "张家与李家院墙纠纷",
		Facts: "李家新砌院墙超出宅基地边界。", Claims: "拆除越界部分。", Place: "石庙镇归化街村",
		PlaceCode: "371621101201", Amount: &amount, People: 6, OccurredOn: "2026-11-01", Tags: []string{"老年人"},
		Parties: []mediation.Party{
			{
				Side: mediation.SideApplicant, Kind: mediation.PartyPerson, Name: "张三", IdentityType: mediation.IdentityResidentID,
				IdentityNumber: "371602188506150426", Sex: mediation.SexFemale, Phone: "13800001234", Address: "石庙镇归化街村12号",
			},
			{
				Side: mediation.SideRespondent, Kind: mediation.PartyOrganisation, Name: "惠民县示例建筑有限公司",
				IdentityType: mediation.IdentityUSCC, IdentityNumber: "91990101MA0TEQT13N", LegalRepresentative: "李四",
			},
		},
	}
}

func filed(t *testing.T) mediation.Case {
	t.Helper()
	c, _, err := mediation.File(boundary(), register(), act())
	if err != nil {
		t.Fatalf("filing the standard dispute: %v", err)
	}
	return c
}

func accepted(t *testing.T) mediation.Case {
	t.Helper()
	c, _, err := filed(t).Accept(acceptance(), act())
	if err != nil {
		t.Fatalf("accepting the standard dispute: %v", err)
	}
	return c
}

// problems are the violated rules of err as "pointer code", sorted.
func problems(err error) []string {
	var refusal *mediation.Error
	if !errors.As(err, &refusal) {
		return nil
	}
	var found []string
	for _, f := range refusal.Fields {
		found = append(found, f.Pointer+" "+f.Code)
	}
	slices.Sort(found)
	return found
}

func sameProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := problems(err); !slices.Equal(got, want) {
		t.Errorf("violated rules:\n got %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

func wantCode(t *testing.T, err error, kind mediation.Kind, code string) {
	t.Helper()
	if mediation.KindOf(err) != kind || mediation.CodeOf(err) != code {
		t.Errorf("got %v (%s %s), want %s %s", err, mediation.KindOf(err), mediation.CodeOf(err), kind, code)
	}
}

func pointer[T any](value T) *T { return &value }
