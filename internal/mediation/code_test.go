package mediation_test

import (
	"regexp"
	"slices"
	"testing"
	"unicode"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestCodeLists(t *testing.T) {
	code := regexp.MustCompile(`^([a-z][a-z-]*|[0-9]{2})$`)
	seen := map[string]int{}
	for _, list := range mediation.CodeLists() {
		if list.TitleZH == "" || list.TitleEN == "" || !code.MatchString(list.Name) || seen[list.Name] > 0 {
			t.Errorf("list %q is incomplete or there twice", list.Name)
		}
		seen[list.Name] = len(list.Codes)
		known := map[string]bool{}
		for _, c := range list.Codes {
			if !code.MatchString(c.Code) || known[c.Code] || c.EN == "" || !hanOnly(c.ZH) {
				t.Errorf("%s %q is incomplete or there twice", list.Name, c.Code)
			}
			known[c.Code] = true
		}
	}
	want := map[string]int{
		"dispute-types": 18, "sources": 3, "case-states": 14, "case-verbs": 51, "refusal-reasons": 8,
		"party-kinds": 2, "party-sides": 2, "sexes": 2, "ethnicities": 58, "agent-kinds": 2, "identity-types": 7, "roles": 17, "restrictions": 4, "reference-kinds": 6, "reveal-purposes": 9,
		"recusal-grounds": 4, "meeting-statuses": 3, "meeting-results": 3, "attendee-roles": 8, "danger-kinds": 6,
		"suspension-reasons": 7, "agreement-forms": 2, "agreement-matters": 9, "obligation-kinds": 2, "signature-means": 4,
		"failure-reasons": 4, "termination-reasons": 6, "routes": 9, "referral-outcomes": 14, "performances": 5,
		"confirmation-states": 4, "confirmation-outcomes": 3, "confirmation-refusals": 4, "confirmation-rejections": 6,
		"paper-kinds": 16, "paper-media": 2, "retentions": 3, "reopening-grounds": 4, "link-kinds": 6, "document-forms": 6, "attachment-kinds": 7,
		"governance-types": 19, "enterprise-matters": 5, "case-facts": 16, "causes-of-action": 43, "case-ranks": 4, "difficulties": 4, "risk-scales": 2, "risk-colours": 5, "risk-tendencies": 3,
		"lead-states": 4, "lead-verbs": 5, "lead-sources": 11, "lead-closing-reasons": 7, "screening-round-states": 2, "screening-round-verbs": 3, "lead-import-modes": 2, "lead-import-states": 3, "screening-rhythms": 5,
		"notice-kinds": 15, "urgencies": 2, "delivery-states": 4,
	}
	for name, n := range want {
		if seen[name] != n {
			t.Errorf("%s has %d codes, want %d", name, seen[name], n)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d lists, want %d", len(seen), len(want))
	}
}

func hanOnly(text string) bool {
	for _, r := range text {
		if !unicode.Is(unicode.Han, r) && !slices.Contains([]rune("、\uff0c（）“”"), r) {
			return false
		}
	}
	return text != ""
}

func TestCodeLists_areCopies(t *testing.T) {
	mediation.CodeLists()[0].Codes[0].ZH = "改"
	mediation.Grounds()[0].ZH = "改"
	mediation.Transitions()[0].Basis = "改"
	if mediation.CodeLists()[0].Codes[0].ZH == "改" || mediation.Grounds()[0].ZH == "改" || mediation.Transitions()[0].Basis == "改" {
		t.Error("a caller can rewrite the law")
	}
}
