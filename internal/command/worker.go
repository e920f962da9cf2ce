package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"tiaojie.dev/tiaojie/internal/postgres"
)

const (
	// finishWithin is how long jobs may go on when the worker is asked to stop; then they end after the transaction at hand.
	finishWithin = 10 * time.Second
	// workerWait is how long the worker waits for a place at a server's cap. It has time, unlike a request.
	workerWait = 20 * time.Second
	// thoroughRounds is after how many rounds a tenant is visited although nothing waits in it.
	thoroughRounds = 10
	// workerIdle is how long a tenant's connection is kept unused: the worker comes by once in a round.
	workerIdle = 20 * time.Second
)

// WorkerCommand does what nobody asks for: it raises clocks that are due and computes them anew when rules or calendar
// changed. However many workers run, one of them works on a county at a time.
type WorkerCommand struct {
	Directory endpointFlags `embed:"" prefix:"directory-" envprefix:"TIAOJIE_DIRECTORY_" group:"Directory"`
	Blobs     blobFlags     `embed:"" group:"Attachments"`
	Channels  channelFlags  `embed:"" group:"Notices"`
	Sealing   sealingFlags  `embed:"" group:"Record"`
	Keys      ringFlags     `embed:"" group:"Directory"`
	Ciphers   cipherFlags   `embed:"" group:"Keys"`

	Counties         int           `env:"TIAOJIE_COUNTIES_AT_ONCE" default:"4" placeholder:"N" help:"How many counties this worker works on at the same time, 1 to 100."`
	Round            time.Duration `env:"TIAOJIE_ROUND" default:"1m" help:"How often each county is looked at, 1s or more."`
	OperationsListen string        `env:"TIAOJIE_OPERATIONS_LISTEN" default:":8081" help:"Address of /livez, /readyz and /metrics."`
	LogLevel         string        `env:"TIAOJIE_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

const maxCountiesAtOnce = 100

// Run works until ctx ends, then stops gracefully: readiness off, no new jobs, the last ones, pools.
func (c *WorkerCommand) Run(ctx context.Context, streams IO) error {
	log, err := newLogger(streams.Err, c.LogLevel)
	if err != nil {
		return err
	}
	slog.SetDefault(log)
	if err := c.check(); err != nil {
		return err
	}
	ring, cipher, err := c.Keys.with(c.Ciphers)
	if err != nil {
		return err
	}
	sealing, err := c.Sealing.sealing()
	if err != nil {
		return err
	}
	messengers, err := c.Channels.messengers()
	if err != nil {
		return err
	}
	places, err := c.Blobs.places()
	if err != nil {
		return err
	}
	shared, err := postgres.NewShared(ctx, postgres.SharedConfig{
		Directory: c.Directory.address(), Keys: ring, Cipher: cipher, Blobs: places,
		Pools: postgres.PoolsConfig{PerPool: 1, PerServer: 2*c.Counties + 2 + spreadersAtOnce + len(messengers)*sendersAtOnce, IdleAfter: workerIdle, Wait: workerWait},
	})
	if err != nil {
		return fmt.Errorf("open the directory: %w", err)
	}
	defer shared.Close()
	figures := newWorkerFigures()
	figures.registry.MustRegister(newPoolFigures(shared.Stats))
	notices := newDeliveries(shared, messengers, log, figures, thoroughRounds*c.Round)
	work := newCountyWork(shared, thoroughRounds*c.Round, log, figures)
	work.errands = append(work.errands, notices.errand())
	if sealing == nil {
		log.Info("records are not sealed: TIAOJIE_SEAL_KEY is not set")
	} else {
		work.seals = &recordSeals{source: shared, sealing: *sealing, figures: figures}
		work.errands = append(work.errands, work.seals.errand())
	}
	wakeUps, err := newWakeUps(c, log, work)
	if err != nil {
		return err
	}
	defer wakeUps.close()
	return c.serve(ctx, log, shared, wakeUps, notices, figures)
}

func (c *WorkerCommand) check() error {
	switch {
	case c.Directory.Host == "":
		return errors.New("no database: set TIAOJIE_DIRECTORY_HOST to the server of the directory")
	case c.Counties < 1 || c.Counties > maxCountiesAtOnce:
		return fmt.Errorf("TIAOJIE_COUNTIES_AT_ONCE is %d: give 1 to %d", c.Counties, maxCountiesAtOnce)
	case c.Round < time.Second:
		return fmt.Errorf("TIAOJIE_ROUND is %s: give 1s or more", c.Round)
	}
	return nil
}

// serve runs the operations port and the jobs. It does not wait for a database: one that is away is tried again.
func (c *WorkerCommand) serve(ctx context.Context, log *slog.Logger, shared *postgres.Shared, wakeUps *wakeUps, notices *deliveries, figures *workerFigures) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.OperationsListen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.OperationsListen, err)
	}
	defer func() { _ = listener.Close() }() // closed by the server already, unless it failed
	operations := &workerOperations{ready: func(ctx context.Context) error {
		return errors.Join(shared.Ready(ctx), wakeUps.ready())
	}, figures: figures.handler()}
	server, failed := newServer(operations), make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	go keepSmall(ctx)
	log.Info("working", "operations", c.OperationsListen, "countiesAtOnce", c.Counties, "round", c.Round.String())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var both sync.WaitGroup
		both.Go(func() { wakeUps.run(ctx) })
		both.Go(func() { notices.run(ctx) })
		both.Wait()
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	operations.drain()
	log.Info("stopping")
	<-ended
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return server.Shutdown(stopping)
}
