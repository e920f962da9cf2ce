package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// guardMost is the share of the instance's CPU that everything together may take that keeps people out, hides what they
// need not see and proves what was done.
const guardMost = 0.35

// guard is one of those, and the functions in whose stacks its time is spent.
type guard struct {
	name  string
	stack *regexp.Regexp
}

// guards are asked in this order, innermost function first: what is sealed for the journal counts as encryption.
var guards = []guard{
	{"encryption", regexp.MustCompile(`/internal/seal\.|postgres\.\(\*sealer\)`)},
	{"masking", regexp.MustCompile(`\.Masked$|\.masked$|mediation\.Mask|MaskOf|casework\.shown`)},
	{"verification", regexp.MustCompile(`identity\.\(\*Verifier\)`)},
	{"permission", regexp.MustCompile(`\.Permit$|mediation\.Action\.|httpapi\.\(\*API\)\.(enterUnit|admit)$|casework\.\(\*Service\)\.(permit|Actor)$`)},
	{"journal", regexp.MustCompile(`casework\.\(\*Service\)\.journalled|postgres\.\(\*tenantTx\)\.(Record|flush)|mediation\.differences|postgres\.tenantRows\.journal$`)},
}

// serving is on the stack of whatever the instance does for a request; the client's half of the process is not.
const serving = "net/http.(*conn).serve"

// measureGuards profiles a mixed workload: for every whole life of a dispute (some twenty changes) forty cases are read, five
// lists, five searches and five journals. The profile is that of this process, so the client and what collects garbage
// are left out, and PostgreSQL is a process of its own. What a batch sends for the journal is not told from the rest of it.
func measureGuards(b *bench) []result {
	path := filepath.Join(b.temporary(), "guards.pprof")
	stop := b.host.profile(path)
	began, lives := time.Now(), 0
	for ; time.Since(began) < time.Duration(b.rounds)*b.slice; lives++ {
		b.loaded.mixed(lives)
	}
	stop()
	traces, err := exec.CommandContext(b.ctx, "go", "tool", "pprof", "-traces", path).Output()
	b.must(err)
	whole, shares := attribute(traces)
	if whole == 0 {
		b.Fatalf("the profile has no sample of the instance: measure longer with -rounds")
	}
	r := result{what: fmt.Sprintf("guards in a mixed workload, %d lives", lives), share: 0, shareMost: guardMost}
	for _, g := range guards {
		share := float64(shares[g.name]) / float64(whole)
		r.share += share
		fmt.Fprintf(b.progress, "guards: %s %.1f %%\n", g.name, 100*share)
	}
	fmt.Fprintf(b.progress, "guards: %v of the instance's time sampled\n", whole)
	return []result{r}
}

func (h *host) temporary() string {
	dir, err := os.MkdirTemp("", "tiaojie-bench-")
	h.must(err)
	h.Cleanup(func() { _ = os.RemoveAll(dir) }) // of the system's own temporary files
	return dir
}

// mixed is one portion of the workload.
func (o *office) mixed(number int) {
	one := func(n int) string { return o.cases() + "/" + caseID((number*61+n)*7919%o.load.cases) }
	for n := range 40 {
		o.send(o.url, "GET", one(n), nil, 200)
	}
	for n := range 5 {
		o.send(o.url, "GET", o.cases()+"?limit=50", nil, 200)
		o.timed(o.cases() + "?q=" + string([]rune(personName((number*5 + n) % o.load.cases))[:2]))
		o.send(o.url, "GET", one(n)+"/journal", nil, 200)
	}
	o.live()
}

// attribute adds up a profile that pprof printed with -traces: the time of all samples under serving, and of each guard.
func attribute(traces []byte) (whole time.Duration, shares map[string]time.Duration) {
	shares = map[string]time.Duration{}
	var took time.Duration
	var stack []string
	count := func() {
		if took > 0 && strings.Contains(strings.Join(stack, "\n"), serving) {
			whole += took
			shares[guardOf(stack)] += took
		}
		took, stack = 0, nil
	}
	lines := bufio.NewScanner(bytes.NewReader(traces))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "-----") {
			count()
			continue
		}
		fields := strings.Fields(strings.TrimSuffix(line, " (inline)"))
		switch {
		case len(fields) == 2 && stack == nil:
			if sampled, err := time.ParseDuration(fields[0]); err == nil {
				took, stack = sampled, []string{fields[1]}
			}
		case len(fields) > 0 && stack != nil:
			stack = append(stack, fields[0])
		}
	}
	count()
	return whole, shares
}

// guardOf is the guard whose function is the innermost of the stack, "" where there is none.
func guardOf(stack []string) string {
	for _, function := range stack {
		for _, g := range guards {
			if g.stack.MatchString(function) {
				return g.name
			}
		}
	}
	return ""
}
