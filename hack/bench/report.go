package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// result is one line of the table.
type result struct {
	what     string
	rate     float64       // per second, of the measured side
	p50, p95 time.Duration // of the measured side
	ratio    float64       // to the other side; 0 where the budget is a time
	least    float64       // budget of the ratio
	most     time.Duration // budget of p95; 0 where the budget is a ratio
	shown    bool          // beside the others; it has no budget
}

func (r result) kept() bool {
	if r.shown {
		return true
	}
	if r.most > 0 {
		return r.p95 <= r.most
	}
	return r.ratio >= r.least
}

func missed(all []result) bool {
	return slices.ContainsFunc(all, func(r result) bool { return !r.kept() })
}

func report(out io.Writer, all []result) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\trate\tp50\tp95\tratio\tbudget\tverdict")
	for _, r := range all {
		ratio, budget, verdict := fmt.Sprintf("%.3f", r.ratio), fmt.Sprintf("≥ %.2f", r.least), "kept"
		if r.shown {
			ratio, budget, verdict = "–", "–", "–"
		}
		if r.most > 0 {
			ratio, budget = "–", "p95 ≤ "+r.most.String()
		}
		if !r.kept() {
			verdict = "MISSED"
		}
		fmt.Fprintf(table, "%s\t%.0f/s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.rate, r.p50.Round(10*time.Microsecond), r.p95.Round(10*time.Microsecond), ratio, budget, verdict)
	}
	_ = table.Flush() // to a terminal
}

// side does one piece of work; number never repeats within a side.
type side func(number int)

// compare lets two sides work in turns, first one then the other of each round, and again the other way round, so that
// a machine that is busy with something else slows both. The ratio is the median of the rounds' ratios.
func (b *bench) compare(what string, least float64, measured, reference side) result {
	const warm = 20
	next := [2]int{}
	sides := [2]side{measured, reference}
	work := func(which int, until func(done int) bool) (rate float64, took []time.Duration) {
		began := time.Now()
		for done := 0; !until(done); done++ {
			before := time.Now()
			sides[which](next[which])
			took = append(took, time.Since(before))
			next[which]++
		}
		return float64(len(took)) / time.Since(began).Seconds(), took
	}
	for which := range sides {
		work(which, func(done int) bool { return done == warm })
	}
	var ratios, rates []float64
	var took []time.Duration
	for round := range b.rounds {
		var rate [2]float64
		for turn := range sides {
			which := (round + turn) % 2
			end := time.Now().Add(b.slice)
			var each []time.Duration
			rate[which], each = work(which, func(done int) bool { return done > 0 && time.Now().After(end) })
			if which == 0 {
				took = append(took, each...)
			}
		}
		ratios, rates = append(ratios, rate[0]/rate[1]), append(rates, rate[0])
	}
	slices.Sort(took)
	r := result{what: what, rate: median(rates), ratio: median(ratios), least: least, p50: took[len(took)/2], p95: took[len(took)*95/100]}
	fmt.Fprintf(b.progress, "%s: %d and %d times, ratio %.3f (rounds from %.3f to %.3f)\n", what, next[0], next[1], r.ratio, slices.Min(ratios), slices.Max(ratios))
	return r
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
