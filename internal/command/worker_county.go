package command

import (
	"context"
	"errors"
	"log/slog"
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
}

// errand is something the worker does for each tenant. It works in batches, each a transaction of its own, and ends
// early when ctx does: what is left is found again in the next round.
type errand struct {
	name string
	do   func(ctx context.Context, tenant *casework.Service) (done int, err error)
}

// errands are done in this order.
func errands() []errand {
	return nil
}

// countyWork goes through counties.
type countyWork struct {
	source  countySource
	errands []errand
	log     *slog.Logger
	figures *workerFigures
}

func newCountyWork(source countySource, log *slog.Logger, figures *workerFigures) *countyWork {
	return &countyWork{source: source, errands: errands(), log: log, figures: figures}
}

// counties are the codes of all counties, in order. Suspended ones are among them: see visit.
func (w *countyWork) counties(ctx context.Context) ([]string, error) {
	list, err := w.source.Counties(ctx)
	codes := make([]string, len(list))
	for i, county := range list {
		codes[i] = county.Code
	}
	return codes, err
}

// visit does every errand for every tenant of the county. A suspended tenant is visited too: the law's clocks go on, and
// whoever has to answer for a case that falls due must hear of it. One tenant that fails, or whose tables are of another
// release, does not keep the others waiting.
func (w *countyWork) visit(ctx context.Context, county string) error {
	began := time.Now()
	tenants, err := w.source.Tenants(ctx, county)
	if err != nil {
		return err
	}
	var failures []error
	for _, tenant := range tenants {
		if err := w.serve(ctx, tenant.Code); err != nil {
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if len(failures) > 0 {
		w.figures.seconds.WithLabelValues("failed").Observe(time.Since(began).Seconds())
		return errors.Join(failures...)
	}
	w.figures.seconds.WithLabelValues("done").Observe(time.Since(began).Seconds())
	w.figures.latest.WithLabelValues(county).SetToCurrentTime()
	return nil
}

// serve does every errand for one tenant.
func (w *countyWork) serve(ctx context.Context, code string) error {
	service, err := w.source.Tenant(ctx, code)
	switch mediation.CodeOf(err) {
	case "":
	case "schema-version", "unknown-unit":
		// Its tables wait for the operator, or it has just been removed.
		w.log.Warn("tenant skipped until its tables are of this release", "tenant", code, "error", err)
		w.figures.visits.WithLabelValues("skipped").Inc()
		return nil
	}
	for _, errand := range w.errands {
		if err != nil {
			break
		}
		var done int
		done, err = errand.do(ctx, service)
		w.figures.done.WithLabelValues(errand.name).Add(float64(done))
		if done > 0 {
			w.log.Info("done", "tenant", code, "errand", errand.name, "count", done)
		}
	}
	if err != nil {
		w.log.Warn("tenant failed; it is visited again in the next round", "tenant", code, "error", err)
		w.figures.visits.WithLabelValues("failed").Inc()
		return err
	}
	w.figures.visits.WithLabelValues("done").Inc()
	return nil
}
