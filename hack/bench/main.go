// Command bench measures the product against its budgets, on a real PostgreSQL, in one run: each figure is a ratio to
// hand-written code on the same data, or to the product itself on an empty county, so that the machine does not decide.
// `make bench` runs it; README.md tells what is compared with what, and what was measured.
//
// Each measurement is a file of its own (read.go, sealing.go, …) and one line in
// measurements. Start reading at main, then report.go, then raw.go: the handler that the product is compared with.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	cases, rounds int
	slice         time.Duration
	only          string
	cpuProfile    string
}

// measurement is one budget, or a few that are measured together.
type measurement struct {
	name string
	run  func(*bench) []result
}

// measurements is the whole program on one page. Those that need the loaded county come last.
func measurements() []measurement {
	return []measurement{
		{"read", measureRead},
		{"sealing", measureSealing},
		{"search", measureSearch},
		{"sweep", measureSweep}, // before cases are withdrawn: it needs the open ones
		{"transition", measureTransition},
		{"life", measureLife},
		{"guards", measureGuards},
	}
}

func main() { os.Exit(run()) }

func run() (code int) {
	var o options
	flag.IntVar(&o.cases, "cases", 1_000_000, "cases in the loaded county")
	flag.IntVar(&o.rounds, "rounds", 15, "rounds of each measurement; their medians count")
	flag.DurationVar(&o.slice, "slice", time.Second, "how long one side works in one round, about")
	flag.StringVar(&o.only, "only", "", "run this measurement alone")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "write a profile of the measurements to this file")
	flag.Parse()
	if o.only != "" && !slices.ContainsFunc(measurements(), func(m measurement) bool { return m.name == o.only }) {
		fmt.Fprintln(os.Stderr, "bench: there is no measurement "+o.only+": -only is one of read, sealing, transition, search, sweep, life, guards")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h := &host{ctx: ctx}
	var all []result
	defer func() {
		if fault := recover(); fault != nil {
			report(os.Stdout, all) // what was measured until then took its time
			fmt.Fprintln(os.Stderr, "bench:", fault)
			code = 2
		}
		h.clean()
	}()
	b := open(h, o)
	if o.cpuProfile != "" {
		defer h.profile(o.cpuProfile)()
	}
	for _, m := range measurements() {
		if o.only == "" || o.only == m.name {
			all = append(all, m.run(b)...)
		}
	}
	report(os.Stdout, all)
	if missed(all) {
		return 1
	}
	return 0
}

func (h *host) profile(path string) func() {
	file, err := os.Create(path)
	if err != nil {
		h.Fatal(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		h.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // a profile, not data
	}
}
