package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// whole is what the walks read of a whole case.
type whole struct {
	ID                string                      `json:"id"`
	State             string                      `json:"state"`
	Number            string                      `json:"number"`
	Performance       string                      `json:"performance"`
	ConfirmationState string                      `json:"confirmationState"`
	Parties           []struct{ ID, Name string } `json:"parties"`
	FileGaps          []struct{ Kind string }     `json:"fileGaps"`
	Volume            *volume                     `json:"volume"`
}

// volume is the bound file of an archived case.
type volume struct {
	Number, Retention string
	Pages             int
	Index             []struct {
		Sequence    int
		Kind, Title string
		From, To    int
	}
}

// entry is a line of a journal.
type entry struct {
	At                                   time.Time
	Issuer, Subject, ActorName, Verb, To string
}

// clock is a deadline of a case.
type clock struct {
	Rule, Title, About, State, Words, DueOn string
	Basis                                   []struct{ Law, Article string }
}

// glossary has the words of codes in both languages, by list and code.
type glossary map[string]map[string]struct{ zh, en string }

func (g glossary) both(list, code string) string {
	word := g[list][code]
	return word.zh + " " + word.en
}

// showRecord prints the journal, the clocks and, once it is bound, the file of a case, and asserts what must hold of them.
func (d *demo) showRecord(ctx context.Context, w *walker) error {
	codes, err := w.glossary(ctx)
	if err != nil {
		return err
	}
	for _, show := range []func(context.Context, *walker, glossary) error{d.showJournal, d.showClocks, d.showFile} {
		if err := show(ctx, w, codes); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) glossary(ctx context.Context) (glossary, error) {
	var lists struct {
		Items []struct {
			Name  string
			Codes []struct{ Code, ZH, EN string }
		}
	}
	_, err := w.caller(w.base, clerk).call(ctx, 200, &lists, "GET", "/v1/codes", nil)
	codes := glossary{}
	for _, list := range lists.Items {
		codes[list.Name] = map[string]struct{ zh, en string }{}
		for _, code := range list.Codes {
			codes[list.Name][code.Code] = struct{ zh, en string }{code.ZH, code.EN}
		}
	}
	return codes, err
}

// showJournal prints who did what; there is an entry with an actor for every step of the walk.
func (d *demo) showJournal(ctx context.Context, w *walker, codes glossary) error {
	var journal struct{ Items []entry }
	if _, err := w.caller(w.base, director).call(ctx, 200, &journal, "GET", w.path+"/journal?limit=200", nil); err != nil {
		return err
	}
	lines := []string{"journal 留痕"}
	for first := 0; first < len(journal.Items); {
		last, one := first, journal.Items[first]
		for last+1 < len(journal.Items) && alike(one, journal.Items[last+1]) {
			last++
		}
		span := fmt.Sprint(first + 1)
		if last > first {
			span = fmt.Sprintf("%d-%d", first+1, last+1)
		}
		lines = append(lines, fmt.Sprintf("  %5s  %s  %s  → %s  (%s)", span, one.ActorName, codes.both("case-verbs", one.Verb), codes.both("case-states", one.To), one.At.Format(time.DateTime)))
		first = last + 1
	}
	attributed := 0
	for _, e := range journal.Items {
		if e.Issuer != "" && e.Subject != "" && e.ActorName != "" {
			attributed++
		}
	}
	if attributed != w.done || len(journal.Items) != w.done {
		return fmt.Errorf("%s: %d steps left %d entries, %d of them with an actor", w.path, w.done, len(journal.Items), attributed)
	}
	d.progress.note("%s", strings.Join(lines, "\n"))
	return nil
}

// alike are entries that one line tells: the same person did the same, and the case stands where it stood.
func alike(a, b entry) bool {
	return a.Subject == b.Subject && a.Verb == b.Verb && a.To == b.To
}

// showClocks prints every deadline in both languages; each has a rule, where it stands, and a last day. None stands
// still: the walks suspend nothing.
func (d *demo) showClocks(ctx context.Context, w *walker, _ glossary) error {
	var zh, en struct{ Items []clock }
	for language, into := range map[string]any{"zh-CN": &zh, "en": &en} {
		if _, err := w.caller(w.base, director).call(ctx, 200, into, "GET", w.path+"/clocks", nil, "Accept-Language", language); err != nil {
			return err
		}
	}
	if len(zh.Items) == 0 || len(zh.Items) != len(en.Items) {
		return fmt.Errorf("%s has %d clocks in Chinese and %d in English", w.path, len(zh.Items), len(en.Items))
	}
	lines := []string{"clocks 期限"}
	for i, c := range zh.Items {
		if c.Rule == "" || c.DueOn == "" || len(c.Basis) == 0 {
			return fmt.Errorf("%s: a clock has no rule, no basis or no last day: %+v", w.path, c)
		}
		source := strings.TrimSpace(c.Basis[0].Law + " " + c.Basis[0].Article)
		lines = append(lines, strings.TrimRight(fmt.Sprintf("  %s  %s %s  %s %s  %s  %s", c.DueOn, c.Words, en.Items[i].Words, c.Title, en.Items[i].Title, source, c.About), " "))
	}
	d.progress.note("%s", strings.Join(lines, "\n"))
	return nil
}

// showFile prints the inner index of an archived case.
func (d *demo) showFile(_ context.Context, w *walker, codes glossary) error {
	bound := w.seen.Volume
	if w.seen.State != "archived" {
		return nil
	}
	if bound == nil || bound.Number == "" || len(bound.Index) == 0 || len(w.seen.FileGaps) > 0 {
		return fmt.Errorf("%s is archived without a whole file: %+v, missing %v", w.path, bound, w.seen.FileGaps)
	}
	lines := []string{fmt.Sprintf("file 卷宗  %s  %s  %d 页 pages", bound.Number, codes.both("retentions", bound.Retention), bound.Pages)}
	for _, line := range bound.Index {
		title := codes.both("paper-kinds", line.Kind)
		if line.Title != codes["paper-kinds"][line.Kind].zh {
			title = line.Title + " · " + title
		}
		lines = append(lines, fmt.Sprintf("  %2d  %3d-%-3d %s", line.Sequence, line.From, line.To, title))
	}
	d.progress.note("%s", strings.Join(lines, "\n"))
	return nil
}
