package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

type v1Condition = metav1.Condition

// countySteps is the order in which a county comes to be: its database, what lets the shared API serve it, its namespace
// with limits and rights, then its townships.
func (o *Operator) countySteps() []step[*countyScope] {
	const database, schema, objects = v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionSchemaUpToDate,
		v1alpha1.ConditionObjectsApplied
	return []step[*countyScope]{
		{"declaration", database, o.countyDeclaration},
		{"finalizer", database, func(ctx context.Context, s *countyScope) error {
			if s.county.DeletionTimestamp != nil {
				return nil // kube-apiserver takes no new finalizer on what is being deleted
			}
			return o.addFinalizer(ctx, s.county)
		}},
		{"server", database, o.countyServer},
		{"capacity", database, o.countyCapacity},
		{"database", database, unlessCountySettled(o.countyDatabase)},
		{"claim", database, unlessCountySettled(o.countyClaim)},
		{"migrate", schema, unlessCountySettled(o.countyMigrate)},
		{"key", database, unlessCountySettled(o.countyKey)},
		{"entries", database, unlessCountySettled(o.countyEntries)},
		{"administrators", database, unlessCountySettled(o.countyAdministrators)},
		{"reference", database, o.countyReference},
		{"namespace", objects, o.countyNamespace},
		{"operator-rights", objects, func(ctx context.Context, s *countyScope) error {
			return o.applyCounty(ctx, s, "RoleBinding tiaojie-operator",
				tenant.OperatorBinding(s.county, o.options.Namespace, o.options.ServiceAccount))
		}},
		{"limits", objects, o.countyLimits},
		{"administrator-rights", objects, o.countyAdministratorRights},
		{"desk", objects, unlessCountyDeleted(o.countyDesk)},
		{"catalogue", objects, unlessCountyDeleted(o.countyCatalogue)},
		{"drift", database, o.countyDrift},
		{"roll-up", objects, o.countyRollUp},
	}
}

func (o *Operator) countyDeclaration(_ context.Context, s *countyScope) error {
	if _, err := division.ParseCounty(s.county.Name); err != nil {
		return stall(v1alpha1.ReasonInvalid, "%v: delete this County and declare it with its own code", err)
	}
	s.county.Status.Namespace = v1alpha1.NamespaceOf(s.county.Name)
	s.county.Status.Database = databaseName(s.county.Name)
	return nil
}

func (o *Operator) countyServer(ctx context.Context, s *countyScope) (err error) {
	if s.installed, err = o.installation.get(ctx); err != nil {
		return err
	}
	s.county.Status.SealKey = s.installed.sealKey
	name := s.county.Spec.ServerRef.Name
	s.postgres = &v1alpha1.PostgresServer{}
	if err := o.client.Get(ctx, client.ObjectKey{Name: name}, s.postgres); apierrors.IsNotFound(err) {
		return wait(10*time.Second, v1alpha1.ReasonServerMissing, "PostgresServer %s is not declared: declare it, or name another "+
			"one in spec.serverRef (kubectl get postgresservers lists them)", name)
	} else if err != nil {
		return err
	}
	if s.postgres.DeletionTimestamp != nil && s.county.Status.SchemaVersion == 0 {
		return wait(10*time.Second, v1alpha1.ReasonServerDeleting, "PostgresServer %s is being deleted and takes no new counties: "+
			"delete this County and declare it on another server, or wait until the server is gone and declare that anew", name)
	}
	if !meta.IsStatusConditionTrue(s.postgres.Status.Conditions, v1alpha1.ConditionReady) {
		return wait(5*time.Second, v1alpha1.ReasonServerNotReady, "PostgresServer %s: %s", name, readyMessage(s.postgres.Status.Conditions))
	}
	if s.server, err = o.servers.use(name); err != nil {
		return err
	}
	var made settlement
	if made, s.settled = o.recallCounty(s); s.settled {
		s.county.Status.SchemaVersion = made.version
		s.db, err = s.server.county(ctx, s.county.Name)
	}
	return err
}

// unlessCountySettled leaves out what this process knows to be done.
func unlessCountySettled(run func(context.Context, *countyScope) error) func(context.Context, *countyScope) error {
	return func(ctx context.Context, s *countyScope) error {
		if s.settled {
			return nil
		}
		return run(ctx, s)
	}
}

// unlessCountyDeleted leaves out what declares townships in a county that is being deleted.
func unlessCountyDeleted(run func(context.Context, *countyScope) error) func(context.Context, *countyScope) error {
	return func(ctx context.Context, s *countyScope) error {
		if s.county.DeletionTimestamp != nil {
			return nil
		}
		return run(ctx, s)
	}
}

// countyCapacity keeps a server to its number of counties; a county that lives there already stays.
func (o *Operator) countyCapacity(ctx context.Context, s *countyScope) error {
	if meta.FindStatusCondition(s.county.Status.Conditions, v1alpha1.ConditionSchemaUpToDate) != nil && s.county.Status.SchemaVersion > 0 {
		return nil
	}
	state, err := s.server.db.Observe(ctx)
	if err := s.server.note(err); err != nil {
		return err
	}
	for _, code := range state.Counties {
		if code == s.county.Name {
			return nil
		}
	}
	if limit := int(s.postgres.Spec.MaxCounties); len(state.Counties) >= limit {
		return stall(v1alpha1.ReasonServerFull, "PostgresServer %s holds %d counties and spec.maxCounties is %d: raise it, or "+
			"delete this County and declare it on another server", s.postgres.Name, len(state.Counties), limit)
	}
	return nil
}

func (o *Operator) countyDatabase(ctx context.Context, s *countyScope) error {
	return o.ensureCounty(ctx, s, "database or roles", func(ctx context.Context) (bool, error) {
		changed, err := s.server.db.EnsureCountyDatabase(ctx, s.county.Name)
		if changed {
			o.poke(o.serverPokes, s.postgres) // its count of counties
		}
		return changed, err
	})
}

// ensureCounty runs one change in PostgreSQL in a provisioning slot and remembers what had been changed by hand.
func (o *Operator) ensureCounty(ctx context.Context, s *countyScope, what string, change func(context.Context) (bool, error)) error {
	release, err := s.server.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	changed, err := change(ctx)
	if err := s.server.note(err); err != nil {
		return err
	}
	if changed {
		s.repaired = append(s.repaired, what)
	}
	return nil
}

func (o *Operator) countyClaim(ctx context.Context, s *countyScope) (err error) {
	if s.db, err = s.server.county(ctx, s.county.Name); err != nil {
		return err
	}
	how, err := s.db.Claim(ctx, o.claimOf(s.county, tenantdb.KindCounty, s.installed))
	if err := s.server.note(err); err != nil {
		return err
	}
	o.claimEvent(s.county, how)
	return nil
}

func (o *Operator) countyMigrate(ctx context.Context, s *countyScope) error {
	return o.ensureCounty(ctx, s, "tables or grants of the county", func(ctx context.Context) (bool, error) {
		version, changed, err := s.db.MigrateCounty(ctx)
		if err == nil {
			changed = changed && small(version) == s.county.Status.SchemaVersion
			s.county.Status.SchemaVersion = small(version)
		}
		return changed, err
	})
}

// countyKey makes the key of look-ups over the county.
func (o *Operator) countyKey(ctx context.Context, s *countyScope) error {
	_, err := s.db.EnsureCountyKey(ctx, s.installed.keys)
	return s.server.note(err)
}

// countyEntries tells the county's own database and the installation's directory that it exists.
func (o *Operator) countyEntries(ctx context.Context, s *countyScope) error {
	spec := s.postgres.Spec
	entry := tenantdb.CountyEntry{Code: s.county.Name, Name: s.county.Spec.DisplayName, Host: spec.Host, Port: int(spec.Port),
		Database: databaseName(s.county.Name), SSLMode: string(spec.SSLMode), CA: spec.CA, State: state(s.county.Spec.Suspend),
		SchemaVersion: int(s.county.Status.SchemaVersion)}
	if _, err := s.db.PutCounty(ctx, entry); s.server.note(err) != nil {
		return err
	}
	_, err := s.installed.directory.PutCounty(ctx, entry)
	return err
}

func (o *Operator) countyAdministrators(ctx context.Context, s *countyScope) error {
	var administrators []tenantdb.Administrator
	for _, subject := range s.county.Spec.Administrators.Subjects {
		administrators = append(administrators, tenantdb.Administrator{Issuer: subject.Issuer, Subject: subject.Subject,
			ValidFrom: subject.ValidFrom, ValidTo: subject.ValidTo})
	}
	// First: whoever looks for a person's counties may be told one too many, not one too few.
	if err := s.installed.directory.PutSubjects(ctx, s.county.Name, administrators); err != nil {
		return err
	}
	err := o.ensureCounty(ctx, s, "administrators", func(ctx context.Context) (bool, error) {
		return s.db.PutAdministrators(ctx, administrators)
	})
	if err == nil {
		o.settlements.put(s.county.UID, settlement{from: s.from(), at: time.Now(), version: s.county.Status.SchemaVersion})
	}
	return err
}

func (o *Operator) countyNamespace(ctx context.Context, s *countyScope) error {
	var namespace corev1.Namespace
	err := o.client.Get(ctx, client.ObjectKey{Name: v1alpha1.NamespaceOf(s.county.Name)}, &namespace)
	if err == nil && namespace.DeletionTimestamp != nil {
		return wait(2*time.Second, v1alpha1.ReasonDeleting, "namespace %s is being deleted; it is made again when it is gone", namespace.Name)
	}
	return o.applyCounty(ctx, s, "Namespace", tenant.Namespace(s.county))
}

func (o *Operator) applyCounty(ctx context.Context, s *countyScope, what string, object tenant.Object) error {
	drifted, err := o.apply(ctx, object)
	if drifted {
		s.repaired = append(s.repaired, what)
	}
	if apierrors.IsForbidden(err) && what != "Namespace" {
		// Rights given a moment ago are not known everywhere yet.
		return &outcome{reason: v1alpha1.ReasonClusterRefused, after: time.Second, cause: err, message: outcomeOf(err).message}
	}
	return err
}

func (o *Operator) countyLimits(ctx context.Context, s *countyScope) error {
	if err := o.listTowns(ctx, s); err != nil {
		return err
	}
	if err := o.applyCounty(ctx, s, "ResourceQuota", tenant.ResourceQuota(s.county, s.towns)); err != nil {
		return err
	}
	return o.applyCounty(ctx, s, "LimitRange", tenant.LimitRange(s.county))
}

func (o *Operator) listTowns(ctx context.Context, s *countyScope) error {
	var towns v1alpha1.TownshipList
	if err := o.client.List(ctx, &towns, client.InNamespace(v1alpha1.NamespaceOf(s.county.Name))); err != nil {
		return err
	}
	s.towns = towns.Items
	return nil
}

func (o *Operator) countyAdministratorRights(ctx context.Context, s *countyScope) error {
	if binding := tenant.AdministratorBinding(s.county); binding != nil {
		return o.applyCounty(ctx, s, "RoleBinding of the administrators", binding)
	}
	return o.remove(ctx, &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{
		Namespace: v1alpha1.NamespaceOf(s.county.Name), Name: tenant.AdministratorBindingName}})
}
