package controllers

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
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
	var resident string
	if server.DeletionTimestamp != nil {
		var err error
		if resident, err = o.residentOf(ctx, server.Name); err != nil {
			return reconcile.Result{}, err
		}
		if resident == "" {
			return reconcile.Result{}, o.releaseServer(ctx, &server)
		}
	}
	before := server.DeepCopy()
	went := walk(ctx, o, "PostgresServer", o.serverSteps(), &serverScope{server: &server})
	if went.silent(before.Status.Conditions) {
		return o.requeue(went.ended)
	}
	verdict := ready{status: true, reason: v1alpha1.ReasonSucceeded,
		message: fmt.Sprintf("PostgreSQL %s, %d of at most %d counties", server.Status.Version, server.Status.Counties, server.Spec.MaxCounties)}
	if resident != "" {
		verdict = terminating(resident)
	}
	server.Status.ObservedGeneration = server.Generation
	conclude(&server.Status.Conditions, server.Generation, went, verdict)
	if err := o.writeStatus(ctx, before, &server); err != nil {
		return again(err)
	}
	o.announce(&server, before.Status.Conditions, server.Status.Conditions)
	if went.ended == nil {
		o.metrics.succeeded("PostgresServer")
		if resident != "" {
			return o.requeue(verdict.pending)
		}
		return reconcile.Result{RequeueAfter: jitter(min(serverPoll, o.options.Resync))}, nil
	}
	return o.requeue(went.ended)
}

func (o *Operator) serverFinalizer(ctx context.Context, s *serverScope) error {
	if s.server.DeletionTimestamp != nil {
		return nil // kube-apiserver takes no new finalizer on what is being deleted
	}
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

// residentOf gives a county that lives on a server, "" when there is none. One that was refused because the server is
// being deleted never came to live there.
func (o *Operator) residentOf(ctx context.Context, server string) (string, error) {
	var counties v1alpha1.CountyList
	if err := o.client.List(ctx, &counties); err != nil {
		return "", err
	}
	for i := range counties.Items {
		county := &counties.Items[i]
		said := meta.FindStatusCondition(county.Status.Conditions, v1alpha1.ConditionReady)
		refused := said != nil && said.Reason == v1alpha1.ReasonServerDeleting
		if county.Spec.ServerRef.Name == server && !refused {
			return county.Name, nil
		}
	}
	return "", nil
}

// terminating is what a server says that is being deleted while counties live on it. A deletion cannot be withdrawn, and
// people work in these counties: it goes on serving them.
func terminating(resident string) ready {
	remaining := &outcome{reason: v1alpha1.ReasonCountiesRemain, after: 5 * time.Second, message: fmt.Sprintf(
		"it is being deleted, and County %s still lives here: delete the counties first (their data is retained); until then it "+
			"goes on serving them and takes no new ones", resident)}
	return ready{status: true, reason: remaining.reason, message: remaining.message, pending: remaining}
}

// releaseServer lets a server go that no county lives on. Nothing on it is touched.
func (o *Operator) releaseServer(ctx context.Context, server *v1alpha1.PostgresServer) error {
	if !controllerutil.ContainsFinalizer(server, v1alpha1.Finalizer) {
		return nil
	}
	o.servers.drop(server.Name)
	return o.removeFinalizer(ctx, server)
}
