package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

const (
	// jobWithin is how long a county's job may run. What is left then is done in the next round.
	jobWithin = 30 * time.Second
	// lostAfter is when a job whose worker was lost is given up, so that another worker can take the county.
	lostAfter = jobWithin + 15*time.Second
	// keepJobs is how long finished wake-ups are kept: they are history of nothing.
	keepJobs = 10 * time.Minute
	// wakeUpConnections are those to the directory: one listens, the others fetch and finish jobs.
	wakeUpConnections = 4
	// startAgainAfter is the pause before a database that is away is asked again.
	startAgainAfter = 2 * time.Second
	riverSchema     = "river"
)

// surveyArgs is the job of once a round: it wakes up every county of the directory.
type surveyArgs struct{}

// Kind names the job in River's tables.
func (surveyArgs) Kind() string { return "survey" }

// InsertOpts puts surveys before counties. A survey that failed is followed by the next.
func (surveyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, Priority: 1}
}

// countyArgs is the job that goes through one county.
type countyArgs struct {
	County string `json:"county"` // 6-digit code
}

// Kind names the job in River's tables.
func (countyArgs) Kind() string { return "county" }

// InsertOpts lets one job of a county exist that has not ended: one worker at a time works on a county. A job that failed
// has ended; the next survey wakes the county up again, which is retry enough.
func (countyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, Priority: 2, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

type surveyWorker struct {
	river.WorkerDefaults[surveyArgs]
	work *countyWork
}

// Work wakes up the counties; one whose last job has not ended is left alone.
func (w *surveyWorker) Work(ctx context.Context, _ *river.Job[surveyArgs]) error {
	codes, err := w.work.counties(ctx)
	if err != nil || len(codes) == 0 {
		return err
	}
	jobs := make([]river.InsertManyParams, len(codes))
	for i, code := range codes {
		jobs[i].Args = countyArgs{County: code}
	}
	_, err = river.ClientFromContext[pgx.Tx](ctx).InsertMany(ctx, jobs)
	return err
}

type countyWorker struct {
	river.WorkerDefaults[countyArgs]
	work *countyWork
}

// Work goes through the county.
func (w *countyWorker) Work(ctx context.Context, job *river.Job[countyArgs]) error {
	return w.work.visit(ctx, job.Args.County)
}

// wakeUps is River's client on the directory database. River only says when to look; what there is to do, the tables of
// the tenants say.
type wakeUps struct {
	log     *slog.Logger
	pool    *pgxpool.Pool
	client  *river.Client[pgx.Tx]
	started atomic.Bool
}

func newWakeUps(c *WorkerCommand, log *slog.Logger, work *countyWork) (*wakeUps, error) {
	config, err := c.Directory.address().Config()
	if err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}
	config.MaxConns = wakeUpConnections
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &surveyWorker{work: work})
	river.AddWorker(workers, &countyWorker{work: work})
	survey := river.NewPeriodicJob(river.PeriodicInterval(c.Round),
		func() (river.JobArgs, *river.InsertOpts) { return surveyArgs{}, nil }, &river.PeriodicJobOpts{ID: "survey", RunOnStart: true})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: riverSchema, Logger: calmed(log), ErrorHandler: &jobFailures{log: log},
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Counties + 1}},
		Workers: workers, PeriodicJobs: []*river.PeriodicJob{survey},
		JobTimeout: jobWithin, RescueStuckJobsAfter: lostAfter, SoftStopTimeout: finishWithin,
		CompletedJobRetentionPeriod: keepJobs, CancelledJobRetentionPeriod: keepJobs, DiscardedJobRetentionPeriod: keepJobs,
		ReindexerIndexNames: []string{}, // REINDEX is the owner's, and these tables stay small
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("prepare the wake-ups: %w", err)
	}
	return &wakeUps{log: log, pool: pool, client: client}, nil
}

// run starts the client, again and again while the database is away or the operator has not made its tables, and stops
// it when ctx ends: no new jobs, then the running ones have finishWithin.
func (w *wakeUps) run(ctx context.Context) {
	for {
		// River is stopped by Stop below, not by this context: it would cut the last statements short.
		err := w.client.Start(context.WithoutCancel(ctx))
		if err == nil {
			break
		}
		w.log.Warn("wake-ups: the directory is not usable, trying again; has the operator made it?", "after", startAgainAfter.String(), "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(startAgainAfter):
		}
	}
	w.started.Store(true)
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin+stopWithin)
	defer cancel()
	if err := w.client.Stop(stopping); err != nil {
		w.log.Warn("wake-ups: not everything ended in time; another worker takes it over", "error", err)
	}
}

func (w *wakeUps) ready() error {
	if !w.started.Load() {
		return errors.New("the wake-ups have not started yet: the operator makes their tables in the directory database")
	}
	return nil
}

func (w *wakeUps) close() { w.pool.Close() }

// jobFailures logs what a job could not do. That it is not lost: the next round finds it again.
type jobFailures struct{ log *slog.Logger }

// HandleError logs an error of a job.
func (f *jobFailures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Warn("job failed; it is done in the next round", "job", job.Kind, "args", string(job.EncodedArgs), "error", err)
	return nil
}

// HandlePanic logs a fault of ours.
func (f *jobFailures) HandlePanic(_ context.Context, job *rivertype.JobRow, fault any, trace string) *river.ErrorHandlerResult {
	f.log.Error("job panicked", "job", job.Kind, "args", string(job.EncodedArgs), "fault", fmt.Sprint(fault), "trace", trace)
	return nil
}
