package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/countywide"
	"tiaojie.dev/tiaojie/internal/mediation"
)

// countySource is what the worker needs of the installation: who is there, and each tenant's use cases, which act in the
// tenant's own role.
type countySource interface {
	Counties(ctx context.Context) ([]countywide.County, error)
	Tenants(ctx context.Context, county string) ([]casework.Tenant, error)
	Tenant(ctx context.Context, code string) (*casework.Service, error)
	// Waiting lists the tenants of a county that have a clock to raise.
	Waiting(ctx context.Context, county string) ([]string, error)
	// SweepSubjects has the directory name all who are members in a county, and nobody else.
	SweepSubjects(ctx context.Context, county string) (changed int, err error)
}

// errand is something the worker does for each tenant. It works in batches, each a transaction of its own, and ends
// early when ctx does: what is left is found again in the next round.
type errand struct {
	name string
	do   func(ctx context.Context, tenant *casework.Service) (done int, err error)
}

// errands are done in this order: a clock is raised by the rules that are in force.
func errands() []errand {
	return []errand{
		{name: "clocks-computed", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return tenant.ComputeClocks(ctx) }},
		{name: "clocks-raised", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return tenant.RaiseDue(ctx) }},
		{name: "cases-indexed", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return tenant.IndexCases(ctx) }},
		{name: "blobs-swept", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return tenant.SweepBlobs(ctx) }},
		{name: "notices-forgotten", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return tenant.ForgetNotices(ctx) }},
		{name: "parties-indexed", do: func(ctx context.Context, tenant *casework.Service) (int, error) { return 0, tenant.IndexParties(ctx) }},
	}
}

// countyWork goes through counties.
type countyWork struct {
	source   countySource
	errands  []errand
	log      *slog.Logger
	figures  *workerFigures
	seals    *recordSeals  // nil: records are not sealed
	thorough time.Duration // after so long a tenant is visited although nothing waits in it
	mu       sync.Mutex
	visited  map[string]time.Time // when all errands of a tenant were last done, by this worker
}

func newCountyWork(source countySource, thorough time.Duration, log *slog.Logger, figures *workerFigures) *countyWork {
	return &countyWork{source: source, errands: errands(), log: log, figures: figures, thorough: thorough, visited: map[string]time.Time{}}
}

// counties are the codes of all counties, in order, suspended ones among them: see visit.
func (w *countyWork) counties(ctx context.Context) ([]string, error) {
	list, err := w.source.Counties(ctx)
	codes := make([]string, len(list))
	for i, county := range list {
		codes[i] = county.Code
	}
	return codes, err
}

// visit goes through the tenants of the county that have a clock to raise, and now and then through all. A suspended
// tenant is visited too: the law's clocks go on, and whoever answers for a case that falls due must hear of it. One tenant
// that fails, or whose tables are of another release, does not keep the others waiting.
func (w *countyWork) visit(ctx context.Context, county string) error {
	began := time.Now()
	tenants, err := w.due(ctx, county)
	if waitsForOperator(err) {
		w.log.Warn("county skipped until its tables are of this release", "county", county, "error", err)
		return nil
	}
	failures := []error{err, w.sweepSubjects(ctx, county)}
	for _, code := range tenants {
		failures = append(failures, w.serve(ctx, code))
		if ctx.Err() != nil {
			failures = append(failures, ctx.Err())
			break
		}
	}
	if w.seals != nil && ctx.Err() == nil {
		failures = append(failures, w.seals.county(ctx, county))
	}
	if err := errors.Join(failures...); err != nil {
		w.figures.seconds.WithLabelValues("failed").Observe(time.Since(began).Seconds())
		return err
	}
	w.figures.seconds.WithLabelValues("done").Observe(time.Since(began).Seconds())
	w.figures.latest.WithLabelValues(county).SetToCurrentTime()
	return nil
}

func (w *countyWork) sweepSubjects(ctx context.Context, county string) error {
	changed, err := w.source.SweepSubjects(ctx, county)
	w.figures.done.WithLabelValues("subjects-swept").Add(float64(changed))
	if err != nil {
		return fmt.Errorf("compare the members of county %s with the directory: %w", county, err)
	}
	return nil
}

// due are the tenants to visit: those with a clock to raise or with changes to seal first, then those that were not visited
// for long.
func (w *countyWork) due(ctx context.Context, county string) ([]string, error) {
	waiting, err := w.source.Waiting(ctx, county)
	if err != nil {
		return nil, err
	}
	if w.seals != nil {
		unsealed, err := w.seals.source.Unsealed(ctx, county)
		if err != nil {
			return nil, err
		}
		waiting = slices.Compact(slices.Sorted(slices.Values(append(waiting, unsealed...))))
	}
	tenants, err := w.source.Tenants(ctx, county)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, tenant := range tenants {
		if !slices.Contains(waiting, tenant.Code) && time.Since(w.visited[tenant.Code]) >= w.thorough {
			waiting = append(waiting, tenant.Code)
		}
	}
	return waiting, nil
}

// waitsForOperator tells a unit whose tables are of another release, or that has just been removed.
func waitsForOperator(err error) bool {
	code := mediation.CodeOf(err)
	return code == "schema-version" || code == "unknown-unit"
}

// serve does every errand for one tenant.
func (w *countyWork) serve(ctx context.Context, code string) error {
	service, err := w.source.Tenant(ctx, code)
	if waitsForOperator(err) {
		w.log.Warn("tenant skipped until its tables are of this release", "tenant", code, "error", err)
		w.figures.visits.WithLabelValues("skipped").Inc()
		return nil
	}
	if err == nil {
		err = w.run(ctx, code, service)
	}
	if err != nil {
		w.log.Warn("tenant failed; it is visited again in the next round", "tenant", code, "error", err)
		w.figures.visits.WithLabelValues("failed").Inc()
		return fmt.Errorf("tenant %s: %w", code, err)
	}
	w.figures.visits.WithLabelValues("done").Inc()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visited[code] = time.Now()
	return nil
}

// run does all errands, and the later ones although an earlier one failed: clocks are raised by what is stored.
func (w *countyWork) run(ctx context.Context, code string, service *casework.Service) error {
	var failures []error
	for _, errand := range w.errands {
		if errand.name != entriesSealed && service.Shredded() {
			continue // its keys were destroyed: its record is sealed to the end, and nothing else is left to do
		}
		done, err := errand.do(ctx, service)
		failures = append(failures, err)
		w.figures.done.WithLabelValues(errand.name).Add(float64(done))
		if done > 0 {
			w.log.Info("done", "tenant", code, "errand", errand.name, "count", done)
		}
	}
	return errors.Join(failures...)
}
