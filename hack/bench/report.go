package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// result is one line of the table.
type result struct {
	what      string
	rate      float64       // per second, of the measured side
	p50, p95  time.Duration // of the measured side
	ratio     float64       // to the other side; 0 where the budget is a time
	least     float64       // budget of the ratio
	most      time.Duration // budget of p95; 0 where the budget is a ratio
	share     float64       // of the instance's CPU
	shareMost float64       // budget of the share; 0 where there is none
	shown     bool          // beside the others; it has no budget
}

func (r result) kept() bool {
	if r.shown {
		return true
	}
	if r.shareMost > 0 {
		return r.share <= r.shareMost
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
		if r.shareMost > 0 {
			ratio, budget = fmt.Sprintf("%.1f %%", 100*r.share), fmt.Sprintf("≤ %.0f %% of CPU", 100*r.shareMost)
		}
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

// compare lets two sides work in turns, one piece each, now this one first and now that, so that a machine that is busy
// with something else slows both. A round's ratio is that of its median times, the result the median of the rounds.
func (b *bench) compare(what string, least float64, measured, reference side) result {
	const warm = 20
	next := [2]int{}
	sides := [2]side{measured, reference}
	work := func(which int) time.Duration {
		before := time.Now()
		sides[which](next[which])
		next[which]++
		return time.Since(before)
	}
	for range warm {
		work(0)
		work(1)
	}
	var ratios []float64
	var all []time.Duration
	for range b.rounds {
		var took [2][]time.Duration
		for end := time.Now().Add(2 * b.slice); len(took[1]) < 3 || time.Now().Before(end); {
			first := next[0] % 2
			took[first] = append(took[first], work(first))
			took[1-first] = append(took[1-first], work(1-first))
		}
		ratios = append(ratios, float64(median(took[1]))/float64(median(took[0])))
		all = append(all, took[0]...)
	}
	slices.Sort(all)
	r := result{what: what, ratio: median(ratios), least: least, p50: all[len(all)/2], p95: all[len(all)*95/100]}
	r.rate = float64(time.Second) / float64(r.p50)
	fmt.Fprintf(b.progress, "%s: %d times each, ratio %.3f (rounds from %.3f to %.3f)\n", what, next[0], r.ratio, slices.Min(ratios), slices.Max(ratios))
	return r
}

func median[T cmp.Ordered](of []T) T {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
