package tenantdb

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// RiverSchema is the schema of the directory database in which River keeps the worker's wake-ups. What has to be done is
// known from our own tables alone: emptying this schema loses nothing.
const RiverSchema = "river"

// riverRights let the worker insert, take and clean its wake-ups. Nobody else reaches them.
func riverRights() map[right]bool {
	declared := map[right]bool{
		{grantee: WorkerLogin, verb: "USAGE"}:                               true,
		{relation: "river_migration", grantee: WorkerLogin, verb: "SELECT"}: true,
	}
	for _, table := range []string{"river_job", "river_leader", "river_notification", "river_queue"} {
		for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			declared[right{relation: table, grantee: WorkerLogin, verb: verb}] = true
		}
	}
	for _, sequence := range []string{"river_job_id_seq", "river_notification_id_seq"} {
		declared[right{relation: sequence, grantee: WorkerLogin, verb: "USAGE"}] = true
	}
	return declared
}

// ensureRiver makes River's schema, brings its tables to the version that this release carries, and keeps their grants.
// River's migrations need a transaction each, so one operator at a time is let in by a lock that is held beside them.
func ensureRiver(ctx context.Context, pool *pgxpool.Pool) error {
	return locked(ctx, pool, "river", func(lock pgx.Tx) error {
		if _, err := pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS river`); err != nil {
			return err
		}
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: RiverSchema, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return err
		}
		found, err := observeRights(ctx, lock, []string{RiverSchema})
		if err != nil {
			return err
		}
		_, statements := rightsDrift(RiverSchema, riverRights(), found[RiverSchema])
		_, err = run(ctx, lock, statements)
		return err
	})
}
