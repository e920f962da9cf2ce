package controllers

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// serverScope is one reconcile of a PostgresServer.
type serverScope struct {
	server    *v1alpha1.PostgresServer
	installed *installed
	endpoint  tenantdb.Endpoint
	key       string
	open      *server
}

func (o *Operator) serverSteps() []step[*serverScope] {
	return []step[*serverScope]{
		{"finalizer", v1alpha1.ConditionDatabaseReady, o.serverFinalizer},
		{"directory", v1alpha1.ConditionDatabaseReady, func(ctx context.Context, s *serverScope) (err error) {
			s.installed, err = o.installation.get(ctx)
			return err
		}},
		{"secret", v1alpha1.ConditionDatabaseReady, o.serverSecret},
		{"connect", v1alpha1.ConditionDatabaseReady, o.serverConnect},
		{"observe", v1alpha1.ConditionDatabaseReady, o.serverObserve},
		{"roles", v1alpha1.ConditionDatabaseReady, o.serverRoles},
	}
}

// ReconcileServer makes a PostgresServer usable for counties and says what it lacks.
func (o *Operator) ReconcileServer(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var server v1alpha1.PostgresServer
	if err := o.client.Get(ctx, request.NamespacedName, &server); err != nil {
		if apierrors.IsNotFound(err) {
			o.servers.drop(request.Name)
		}
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	before := server.DeepCopy()
	if server.DeletionTimestamp != nil {
		return o.deleteServer(ctx, &server)
	}
	went := walk(ctx, o, "PostgresServer", o.serverSteps(), &serverScope{server: &server})
	if went.silent(before.Status.Conditions) {
		return o.requeue(went.ended)
	}
	verdict := ready{status: true, reason: v1alpha1.ReasonSucceeded,
		message: fmt.Sprintf("PostgreSQL %s, %d of at most %d counties", server.Status.Version, server.Status.Counties, server.Spec.MaxCounties)}
	server.Status.ObservedGeneration = server.Generation
	conclude(&server.Status.Conditions, server.Generation, went, verdict)
	if err := o.writeStatus(ctx, before, &server); err != nil {
		return again(err)
	}
	o.announce(&server, before.Status.Conditions, server.Status.Conditions)
	if went.ended == nil {
		o.metrics.succeeded("PostgresServer")
		return reconcile.Result{RequeueAfter: jitter(min(serverPoll, o.options.Resync))}, nil
	}
	return o.requeue(went.ended)
}

func (o *Operator) serverFinalizer(ctx context.Context, s *serverScope) error {
	return o.addFinalizer(ctx, s.server)
}

// serverSecret reads the admin login. It is read live and on each reconcile: the operator may not watch Secrets.
func (o *Operator) serverSecret(ctx context.Context, s *serverScope) error {
	spec := s.server.Spec
	namespace := spec.AdminSecretRef.Namespace
	if namespace == "" {
		namespace = o.options.Namespace
	}
	name := spec.AdminSecretRef.Name
	var secret corev1.Secret
	err := o.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return &outcome{reason: v1alpha1.ReasonSecretMissing, stalled: true, after: 10 * time.Second, message: fmt.Sprintf(
			"Secret %s/%s does not exist: create it with kubectl -n %s create secret generic %s --from-literal=username=… --from-literal=password=…",
			namespace, name, namespace, name)}
	}
	if apierrors.IsForbidden(err) {
		return stall(v1alpha1.ReasonSecretMissing, "the operator may not read Secret %s/%s: put it into the namespace %s, "+
			"or grant the operator's service account get on it", namespace, name, o.options.Namespace)
	}
	if err != nil {
		return err
	}
	user, password := string(secret.Data["username"]), string(secret.Data["password"])
	if user == "" || password == "" {
		return &outcome{reason: v1alpha1.ReasonSecretMissing, stalled: true, after: 10 * time.Second, message: fmt.Sprintf(
			"Secret %s/%s must hold the keys username and password", namespace, name)}
	}
	s.endpoint = tenantdb.Endpoint{Host: spec.Host, Port: int(spec.Port), Database: spec.Database, User: user,
		Password: password, SSLMode: string(spec.SSLMode), CA: spec.CA}
	s.key = fmt.Sprintf("%s/%d/%s", s.server.UID, s.server.Generation, secret.ResourceVersion)
	return nil
}

// serverConnect opens the server when it is not open with this very configuration.
func (o *Operator) serverConnect(ctx context.Context, s *serverScope) error {
	if s.open = o.servers.find(s.server.Name, s.key); s.open != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	db, err := tenantdb.Open(ctx, s.endpoint)
	if err != nil {
		return impatient(err)
	}
	s.open = o.servers.put(s.server.Name, s.key, db)
	return nil
}

func (o *Operator) serverObserve(ctx context.Context, s *serverScope) error {
	state, err := s.open.db.Observe(ctx)
	if err := s.open.note(err); err != nil {
		return impatient(err)
	}
	s.server.Status.Version = state.VersionText
	s.server.Status.MaxConnections = small(state.MaxConnections)
	s.server.Status.Counties = small(len(state.Counties))
	if len(state.Missing) > 0 {
		problem := state.Missing[0]
		return impatient(&problem)
	}
	return nil
}

func (o *Operator) serverRoles(ctx context.Context, s *serverScope) error {
	changed, err := s.open.db.EnsureRoles(ctx, s.installed.logins)
	if err != nil {
		return impatient(s.open.note(err))
	}
	if changed {
		o.repairedIfReady(s.server, s.server.Status.Conditions, "PostgresServer", "roles of the installation")
	}
	return nil
}

// impatient has a server's problem looked at again soon: whoever mends a password or a host wants to see it.
func impatient(err error) error {
	out := *outcomeOf(err)
	out.after = 10 * time.Second
	return &out
}

// deleteServer lets a server go once no county names it. Nothing on the server is touched.
func (o *Operator) deleteServer(ctx context.Context, server *v1alpha1.PostgresServer) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(server, v1alpha1.Finalizer) {
		return reconcile.Result{}, nil
	}
	var counties v1alpha1.CountyList
	if err := o.client.List(ctx, &counties); err != nil {
		return reconcile.Result{}, err
	}
	for i := range counties.Items {
		if counties.Items[i].Spec.ServerRef.Name != server.Name {
			continue
		}
		before := server.DeepCopy()
		remaining := &outcome{reason: v1alpha1.ReasonCountiesRemain, after: 10 * time.Second, message: fmt.Sprintf(
			"County %s still lives here: delete it first (its data is retained), or leave the server declared", counties.Items[i].Name)}
		server.Status.ObservedGeneration = server.Generation
		conclude(&server.Status.Conditions, server.Generation, progress{ended: remaining}, ready{})
		if err := o.writeStatus(ctx, before, server); err != nil {
			return again(err)
		}
		return o.requeue(remaining)
	}
	o.servers.drop(server.Name)
	return reconcile.Result{}, o.removeFinalizer(ctx, server)
}
