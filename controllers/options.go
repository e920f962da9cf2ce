package controllers

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// Options are what the operator is told at start.
type Options struct {
	Namespace      string            // its own: Secrets tiaojie-logins and tiaojie-keys, and the admins' Secrets by default
	ServiceAccount string            // its own, bound in every county's namespace
	SharedAPI      string            // name of the shared API's Deployment in Namespace
	Worker         string            // name of the worker's Deployment in Namespace
	Directory      tenantdb.Endpoint // server and admin login of the directory database
	DirectoryName  string            // name of the directory database
	Values         tenant.Values
	Cipher         seal.Cipher   // what wraps keys from now on
	IndexHash      seal.TreeHash // of the indexes of units that are made from now on
	// RemoveFiles removes the attachments of a tenant whose data is deleted; nil where there is no place for any.
	RemoveFiles func(ctx context.Context, tenant string) error

	Resync       time.Duration // how often everything is looked at again, ±20 %
	ReleaseAfter time.Duration // how long a deletion that retains data waits for an unreachable database
	Workers      int           // reconciles of a kind at the same time

	// Boundary is called after each step with the kind and the step's name. Tests stop the process there.
	Boundary func(kind, step string)
	// Registerer takes the metrics; nil means controller-runtime's registry.
	Registerer prometheus.Registerer
}

// Names of the Secrets that the operator makes in its own namespace.
const (
	LoginsSecret = "tiaojie-logins" //nolint:gosec // the name of a Secret, not its content
	KeysSecret   = "tiaojie-keys"
)

const (
	fieldOwner = "tiaojie-operator"
	// ddlSlots is how many townships of one PostgreSQL server are provisioned at the same time; more gain nothing.
	ddlSlots = 4
	// serverPoll is how often a PostgresServer is asked whether it is there: one query for all that stand on it.
	serverPoll = 15 * time.Second
	// secretPoll is how often the operator looks whether the installation's two Secrets are there.
	secretPoll = 5 * time.Second
	// stalledPoll is how often a stalled resource is looked at again: what blocks it often lies outside the cluster.
	stalledPoll = 30 * time.Second
)

func (o Options) withDefaults() Options {
	if o.ServiceAccount == "" {
		o.ServiceAccount = "tiaojie-operator"
	}
	if o.SharedAPI == "" {
		o.SharedAPI = "tiaojie-api"
	}
	if o.Worker == "" {
		o.Worker = "tiaojie-worker"
	}
	if o.DirectoryName == "" {
		o.DirectoryName = "tiaojie"
	}
	if o.Resync == 0 {
		o.Resync = time.Minute
	}
	if o.ReleaseAfter == 0 {
		o.ReleaseAfter = 2 * time.Minute
	}
	if o.Workers == 0 {
		o.Workers = 8
	}
	if o.Boundary == nil {
		o.Boundary = func(string, string) {}
	}
	if o.Registerer == nil {
		o.Registerer = metrics.Registry
	}
	return o
}
