package mediation_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tiaojie.dev/tiaojie/internal/mediation"
)

var update = flag.Bool("update", false, "write lifecycle.md from the matrix")

// The page beside this package is the matrix, printed: it cannot say anything else than the rules.
func TestLifecycle_pageIsFresh(t *testing.T) {
	want := lifecyclePage()
	if *update {
		if err := os.WriteFile("lifecycle.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("lifecycle.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("lifecycle.md is not what the matrix says; run: go test ./internal/mediation -run Lifecycle -update")
	}
}

func lifecyclePage() string {
	var page strings.Builder
	page.WriteString(`# The life of a case

Printed from the matrix of this package by its test; change the matrix, not this page:
` + "`go test ./internal/mediation -run Lifecycle -update`" + `.

A case stands in one stage. Beside the stage run facets that are computed from its records: suspension, judicial
confirmation (none, applied, confirmed, rejected), performance (none, due, partly, performed, breached), open referrals,
reported dangers, arranged meetings. A lead is not a case: it has a life of its own.

L is 人民调解法, P 人民调解工作若干规定, C 民事诉讼法 (2024 text).

## Stages

` + "```mermaid\n" + mermaid() + "```\n" + `
## Verbs

`)
	page.WriteString(verbTable())
	page.WriteString("\n## Stage by verb\n\n→ leads on, ● is possible and leaves the stage as it is, blank is not allowed.\n\n")
	page.WriteString(grid())
	return page.String()
}

func words(state mediation.State) (zh, en string) {
	for _, list := range mediation.CodeLists() {
		if list.Name != "case-states" {
			continue
		}
		for _, code := range list.Codes {
			if code.Code == string(state) {
				return code.ZH, code.EN
			}
		}
	}
	return "", ""
}

func verbWord(verb mediation.Verb) string {
	for _, list := range mediation.CodeLists() {
		if list.Name != "case-verbs" {
			continue
		}
		for _, code := range list.Codes {
			if code.Code == string(verb) {
				return code.ZH
			}
		}
	}
	return ""
}

// mermaid draws the steps that change the stage; verbs that lead from one stage to the same other share an arrow.
func mermaid() string {
	name := func(state mediation.State) string {
		if state == "" {
			return "[*]"
		}
		return strings.ReplaceAll(string(state), "-", "_")
	}
	var drawing strings.Builder
	drawing.WriteString("stateDiagram-v2\n")
	for _, state := range mediation.States() {
		zh, en := words(state)
		fmt.Fprintf(&drawing, "    %s: %s %s\n", name(state), zh, en)
	}
	var order []string
	labels := map[string][]string{}
	for _, step := range mediation.Transitions() {
		if step.From == step.To {
			continue
		}
		arrow := name(step.From) + " --> " + name(step.To)
		if labels[arrow] == nil {
			order = append(order, arrow)
		}
		zh := verbWord(step.Verb)
		labels[arrow] = append(labels[arrow], zh)
	}
	for _, arrow := range order {
		fmt.Fprintf(&drawing, "    %s: %s\n", arrow, strings.Join(labels[arrow], "、"))
	}
	drawing.WriteString("    archived --> [*]\n")
	return drawing.String()
}

func verbTable() string {
	var table strings.Builder
	table.WriteString("| verb | 事项 | from → to | basis | 条件 | needs |\n|---|---|---|---|---|---|\n")
	for _, verb := range mediation.Verbs() {
		var moves []string
		var row mediation.Transition
		for _, step := range mediation.Transitions() {
			if step.Verb != verb {
				continue
			}
			row = step
			from, to := string(step.From), string(step.To)
			if from == "" {
				from = "–"
			}
			if from == to {
				moves = append(moves, from)
			} else {
				moves = append(moves, from+" → "+to)
			}
		}
		zh := verbWord(verb)
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s | %s |\n", verb, zh, strings.Join(moves, ", "), row.Basis, row.NeedZH, row.NeedEN)
	}
	return table.String()
}

func grid() string {
	var table strings.Builder
	table.WriteString("| verb |")
	for _, state := range mediation.States() {
		zh, _ := words(state)
		table.WriteString(" " + zh + " |")
	}
	table.WriteString("\n|---|" + strings.Repeat("---|", len(mediation.States())) + "\n")
	for _, verb := range mediation.Verbs() {
		if verb == mediation.VerbFile {
			continue
		}
		zh := verbWord(verb)
		table.WriteString("| " + zh + " |")
		for _, state := range mediation.States() {
			table.WriteString(" " + cell(verb, state) + " |")
		}
		table.WriteString("\n")
	}
	return table.String()
}

func cell(verb mediation.Verb, from mediation.State) string {
	var targets []string
	for _, step := range mediation.Transitions() {
		if step.Verb != verb || step.From != from {
			continue
		}
		if step.To == from {
			return "●"
		}
		zh, _ := words(step.To)
		targets = append(targets, "→"+zh)
	}
	return strings.Join(targets, " ")
}

func TestTransitions_sayTheLawAndLeaveNoStateUnreached(t *testing.T) {
	reached := map[mediation.State]bool{}
	seen := map[string]bool{}
	for _, step := range mediation.Transitions() {
		if step.Basis == "" || step.NeedZH == "" || step.NeedEN == "" || !step.To.Known() ||
			(step.From != "" && !step.From.Known()) || !slices.Contains(mediation.Verbs(), step.Verb) {
			t.Errorf("incomplete row %+v", step)
		}
		key := fmt.Sprint(step.Verb, step.From, step.To)
		if seen[key] {
			t.Errorf("row twice: %+v", step)
		}
		seen[key] = true
		reached[step.To] = true
		if step.From.Ended() && !step.To.Ended() && step.Verb != mediation.VerbTakeBack {
			t.Errorf("%s has ended, yet %s leads back to %s", step.From, step.Verb, step.To)
		}
	}
	for _, state := range mediation.States() {
		if !reached[state] {
			t.Errorf("nothing leads to %s", state)
		}
		if len(state.Verbs()) == 0 {
			t.Errorf("%s: a dead end; even an archived dispute can come back", state)
		}
	}
}

// From every stage there is a way to the archive: nothing is left lying.
func TestTransitions_everyStateCanBeArchived(t *testing.T) {
	next := map[mediation.State][]mediation.State{}
	for _, step := range mediation.Transitions() {
		next[step.From] = append(next[step.From], step.To)
	}
	for _, state := range mediation.States() {
		found := map[mediation.State]bool{state: true}
		for queue := []mediation.State{state}; len(queue) > 0; queue = queue[1:] {
			for _, to := range next[queue[0]] {
				if !found[to] {
					found[to] = true
					queue = append(queue, to)
				}
			}
		}
		if !found[mediation.StateArchived] {
			t.Errorf("no way leads from %s to the archive", state)
		}
	}
}

// Each verb has its permission, and each permission of a verb its verb.
func TestVerbs_haveTheirActions(t *testing.T) {
	for _, verb := range mediation.Verbs() {
		if !verb.Action().Known() {
			t.Errorf("%s has no row in the matrix of permissions", verb)
		}
	}
}
