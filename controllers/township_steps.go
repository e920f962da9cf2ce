package controllers

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/division"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// slotA is the login slot in use. The second one serves the rotation of passwords.
const slotA = "a"

// townSteps is the order in which a township comes to be: first what makes it ours, then its schema, then who may
// enter, then the instances, last the route, so that nothing is announced before it answers.
func (o *Operator) townSteps() []step[*townScope] {
	const database, schema, objects = v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionSchemaUpToDate,
		v1alpha1.ConditionObjectsApplied // WorkloadAvailable is set by townWorkload, which never ends the list
	return []step[*townScope]{
		{"declaration", database, o.townDeclaration},
		{"finalizer", database, func(ctx context.Context, s *townScope) error { return o.addFinalizer(ctx, s.town) }},
		{"county", database, o.townCounty},
		{"claim", database, unlessSettled(o.townClaim)},
		{"roles", database, unlessSettled(o.townRoles)},
		{"schema", schema, unlessSettled(o.townSchema)},
		{"migrate", schema, unlessSettled(o.townMigrate)},
		{"data-key", database, unlessSettled(o.townDataKey)},
		{"withdraw", objects, o.townWithdraw},
		{"secret", objects, o.townSecret},
		{"login", database, o.townLogin},
		{"entries", database, unlessSettled(o.townEntries)},
		{"service-account", objects, o.whenDedicated(func(in tenant.Input) tenant.Object { return tenant.ServiceAccount(in) })},
		{"network-policy", objects, o.townNetworkPolicy},
		{"service", objects, o.whenDedicated(func(in tenant.Input) tenant.Object { return tenant.Service(in) })},
		{"deployment", objects, o.whenDedicated(func(in tenant.Input) tenant.Object { return tenant.Deployment(in) })},
		{"disruption-budget", objects, o.townDisruptionBudget},
		{"workload", objects, o.townWorkload},
		{"route", objects, o.townRoute},
		{"usage", database, o.townUsage},
	}
}

// unlessSettled leaves out what this process knows to be done.
func unlessSettled(run func(context.Context, *townScope) error) func(context.Context, *townScope) error {
	return func(ctx context.Context, s *townScope) error {
		if s.settled {
			return nil
		}
		return run(ctx, s)
	}
}

// townDeclaration checks again what admission policies check: they may be absent, or older than the object.
func (o *Operator) townDeclaration(_ context.Context, s *townScope) error {
	county := s.town.CountyCode()
	if county == "" || !strings.HasPrefix(s.town.Name, county) || len(s.town.Name) != 9 {
		return stall(v1alpha1.ReasonInvalid, "township %s does not belong into the namespace %s: delete it here and declare it in "+
			"%s%s, the namespace of its county", s.town.Name, s.town.Namespace, v1alpha1.NamespacePrefix, s.town.Name[:min(6, len(s.town.Name))])
	}
	if _, err := division.ParseTownship(s.town.Name); err != nil {
		return stall(v1alpha1.ReasonInvalid, "%v: delete this township and declare it with its own code", err)
	}
	if s.town.IsDesk() != (s.town.Spec.Kind == v1alpha1.KindDesk) {
		return stall(v1alpha1.ReasonInvalid, "kind %s does not fit the code %s: Desk and a code that ends in 000 belong together",
			s.town.Spec.Kind, s.town.Name)
	}
	return nil
}

// townCounty finds what the township stands on: its county, the server and the county's database.
func (o *Operator) townCounty(ctx context.Context, s *townScope) (err error) {
	if s.installed, err = o.installation.get(ctx); err != nil {
		return err
	}
	code := s.town.CountyCode()
	county := &v1alpha1.County{}
	if err := o.client.Get(ctx, client.ObjectKey{Name: code}, county); apierrors.IsNotFound(err) {
		return wait(5*time.Second, v1alpha1.ReasonCountyMissing,
			"County %s is not declared: declare a County of that name (tiaojie onboard %s prints it; for a code that is not in the "+
				"catalogue add --county-name and --from), or delete this township if the code is wrong", code, code)
	} else if err != nil {
		return err
	}
	if county.DeletionTimestamp != nil && s.town.Status.SchemaVersion == 0 {
		return wait(5*time.Second, v1alpha1.ReasonDeleting, "County %s is being deleted and takes no new townships: delete this township "+
			"too, and declare both again when the county is gone", code)
	}
	for _, needed := range []string{v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionSchemaUpToDate} {
		if !meta.IsStatusConditionTrue(county.Status.Conditions, needed) {
			return wait(2*time.Second, v1alpha1.ReasonCountyNotReady, "County %s cannot be used now: %s", code, readyMessage(county.Status.Conditions))
		}
	}
	if s.server, err = o.servers.use(county.Spec.ServerRef.Name); err != nil {
		return err
	}
	if s.db, err = s.server.county(ctx, code); err != nil {
		return err
	}
	var server v1alpha1.PostgresServer
	if err := o.client.Get(ctx, client.ObjectKey{Name: county.Spec.ServerRef.Name}, &server); err != nil {
		return err
	}
	s.county = county
	s.input = tenant.Input{Township: s.town, County: county, Values: o.options.Values,
		Suspended: s.town.Spec.Suspend || county.Spec.Suspend,
		Database: tenant.Database{Host: server.Spec.Host, Port: server.Spec.Port, Name: databaseName(code),
			SSLMode: string(server.Spec.SSLMode), CA: server.Spec.CA, User: loginName(s.town.Name)}}
	s.town.Status.Database = databaseName(code)
	s.town.Status.Schema = "t" + s.town.Name
	var made settlement
	if made, s.settled = o.recall(s); s.settled {
		s.input.Database.DataKeys, s.input.Database.CountyKey = made.dataKeys, made.shared
		s.password, s.town.Status.SchemaVersion = made.password, made.version
	}
	return nil
}

func loginName(code string) string { return "t" + code + "_" + slotA }

func databaseName(county string) string { return "county_" + county }

func (o *Operator) claimOf(object client.Object, kind string, installed *installed) tenantdb.Claim {
	return tenantdb.Claim{Kind: kind, Name: object.GetName(), Installation: installed.id, UID: string(object.GetUID()),
		Adopt: v1alpha1.Adopts(object.GetAnnotations(), object.GetName())}
}

// townClaim makes sure that the schema is this resource's before anything of it is touched.
func (o *Operator) townClaim(ctx context.Context, s *townScope) error {
	how, err := s.db.Claim(ctx, o.claimOf(s.town, tenantdb.KindTownship, s.installed))
	if err := s.server.note(err); err != nil {
		return err
	}
	o.claimEvent(s.town, how)
	return nil
}

func (o *Operator) claimEvent(object client.Object, how tenantdb.ClaimOutcome) {
	switch how {
	case tenantdb.ClaimHeld, tenantdb.ClaimMade: // as it always is
	case tenantdb.ClaimReclaimed:
		o.event(object, corev1.EventTypeNormal, "Reclaimed", "Claim", "found the data of an earlier life of this resource and took it up again")
	case tenantdb.ClaimAdopted:
		o.event(object, corev1.EventTypeNormal, "Adopted", "Claim", "took over existing data as the annotation "+v1alpha1.AdoptAnnotation+" asks; remove the annotation now")
	}
}

// ensure runs one change in PostgreSQL in a provisioning slot and remembers what had been changed by hand.
func (o *Operator) ensure(ctx context.Context, s *townScope, what string, change func(context.Context) (bool, error)) error {
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

func (o *Operator) townRoles(ctx context.Context, s *townScope) error {
	return o.ensure(ctx, s, "roles", func(ctx context.Context) (bool, error) { return s.db.EnsureTenantRoles(ctx, s.town.Name) })
}

func (o *Operator) townSchema(ctx context.Context, s *townScope) error {
	return o.ensure(ctx, s, "schema", func(ctx context.Context) (bool, error) { return s.db.EnsureTenantSchema(ctx, s.town.Name) })
}

func (o *Operator) townMigrate(ctx context.Context, s *townScope) error {
	return o.ensure(ctx, s, "tables or grants", func(ctx context.Context) (bool, error) {
		version, changed, err := s.db.MigrateTenant(ctx, s.town.Name)
		if err == nil {
			changed = changed && small(version) == s.town.Status.SchemaVersion // a new version is no drift
			s.town.Status.SchemaVersion = small(version)
		}
		return changed, err
	})
}

func (o *Operator) townDataKey(ctx context.Context, s *townScope) error {
	shared, err := s.db.EnsureCountyKey(ctx, s.installed.keys)
	if err := s.server.note(err); err != nil {
		return err
	}
	s.input.Database.CountyKey = shared.Text()
	keys, err := s.db.EnsureDataKey(ctx, s.town.Name, s.installed.keys)
	if err := s.server.note(err); err != nil {
		return err
	}
	s.input.Database.DataKeys = seal.FormatDataKeys(keys)
	return nil
}

// townSecret keeps the township's login. A password is made once; one changed by hand is taken as the new one, since the
// login follows in the next step.
func (o *Operator) townSecret(ctx context.Context, s *townScope) error {
	if !s.input.HasWorkload() {
		return nil
	}
	var secret corev1.Secret
	err := o.client.Get(ctx, client.ObjectKey{Namespace: s.town.Namespace, Name: tenant.ObjectName(s.town.Name)}, &secret)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	s.input.Database.LoginPassword = first(string(secret.Data[tenant.SecretPassword]), "", password)
	drifted, err := o.apply(ctx, tenant.Secret(s.input))
	if drifted {
		s.repaired = append(s.repaired, "Secret "+tenant.ObjectName(s.town.Name))
	}
	return err
}

// townLogin lets the township's own instances log in, and nobody when there are none.
func (o *Operator) townLogin(ctx context.Context, s *townScope) error {
	if s.settled && s.password == s.input.Database.LoginPassword {
		if doubtful, err := o.loginDoubtful(ctx, s); err != nil || !doubtful {
			return err
		}
		defer o.settlements.prove(s.town.UID)
	} else {
		s.settled = false // the entry below is written again, and the settlement with it
	}
	return o.ensure(ctx, s, "login", func(ctx context.Context) (bool, error) {
		if !s.input.HasWorkload() {
			return s.db.CloseSlots(ctx, s.town.Name)
		}
		return s.db.EnsureSlot(ctx, s.town.Name, slotA, s.input.Database.LoginPassword, int(s.town.Connections()))
	})
}

// loginDoubtful tells whether instances that do not answer may have been refused by PostgreSQL.
func (o *Operator) loginDoubtful(ctx context.Context, s *townScope) (bool, error) {
	made, _ := o.settlements.find(s.town.UID)
	if !s.input.HasWorkload() || s.input.Replicas() == 0 || time.Since(made.proved) < loginCheck {
		return false, nil
	}
	deployment := newDeployment(s.town.Namespace, tenant.ObjectName(s.town.Name))
	if err := o.client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return !rolledOut(deployment, s.input.Replicas()), nil
}

// townEntries tells the county and the installation's directory that the township exists, which lets the shared API
// serve it.
func (o *Operator) townEntries(ctx context.Context, s *townScope) error {
	entry := tenantdb.TenantEntry{Code: s.town.Name, County: s.county.Name, Name: s.town.Spec.DisplayName,
		Kind: string(s.town.Spec.Kind), Mode: string(s.town.Spec.API.Mode), State: state(s.input.Suspended),
		SchemaVersion: int(s.town.Status.SchemaVersion), OpenCasesQuota: int(s.town.OpenCasesQuota()),
		StorageQuota: s.town.StorageQuota(), AttachmentsQuota: int(s.town.AttachmentsQuota()), RequestsQuota: int(s.town.RequestsQuota())}
	if entry.Mode == "" {
		entry.Mode = string(v1alpha1.ModeDedicated)
	}
	if _, err := s.db.PutTenant(ctx, entry); s.server.note(err) != nil {
		return err
	}
	if _, err := s.installed.directory.PutTenant(ctx, entry); err != nil {
		return err
	}
	o.settlements.put(s.town.UID, settlement{from: s.from(), at: time.Now(), proved: time.Now(), dataKeys: s.input.Database.DataKeys, shared: s.input.Database.CountyKey,
		password: s.input.Database.LoginPassword, version: s.town.Status.SchemaVersion})
	return nil
}

func state(suspended bool) string {
	if suspended {
		return "suspended"
	}
	return "active"
}

// townUsage reports use against quota from what the county's sweep read, so that it costs nothing here.
func (o *Operator) townUsage(ctx context.Context, s *townScope) error {
	observed, err := o.observations.get(ctx, s.county.Name, s.db, o.options.Resync)
	if err := s.server.note(err); err != nil {
		return err
	}
	seen := observed.Tenants[s.town.Name]
	s.town.Status.Usage = usageOf(seen, s.town)
	recordStatus(&s.town.Status.Record, seen.Record)
	s.overQuota = exceeded(seen, s.town)
	return nil
}

// mebibytes rounds up: what begins a MiB takes it.
func mebibytes(bytes int64) int { return int((bytes + 1<<20 - 1) >> 20) }

func usageOf(seen tenantdb.TenantState, town *v1alpha1.Township) v1alpha1.TownshipUsage {
	return v1alpha1.TownshipUsage{OpenCases: usage(seen.OpenCases, int(town.OpenCasesQuota())),
		StorageMiB: usage(mebibytes(seen.StoredBytes), mebibytes(town.StorageQuota()))}
}

// quotaUsed is a quota that is used up; the zero value is none.
type quotaUsed struct{ reason, message string }

// exceeded tells which quota is used up, the one that refuses new cases first.
func exceeded(seen tenantdb.TenantState, town *v1alpha1.Township) (used quotaUsed) {
	if stored, quota := mebibytes(seen.StoredBytes), mebibytes(town.StorageQuota()); quota > 0 && stored >= quota {
		used = quotaUsed{v1alpha1.ReasonStorage, fmt.Sprintf("attachments take %d MiB and spec.quotas.storageMiB is %d: new ones are refused "+
			"until the quota is raised", coarse(stored), quota)}
	}
	if open, quota := seen.OpenCases, int(town.OpenCasesQuota()); quota > 0 && open >= quota {
		message := fmt.Sprintf("%d cases are open and spec.quotas.openCases is %d: new cases are refused until some are "+
			"ended or the quota is raised", coarse(open), quota)
		if used.message != "" {
			message += "; " + used.message
		}
		used = quotaUsed{v1alpha1.ReasonOpenCases, message}
	}
	return used
}

// recordEvery is how often a status shows a newer checkpoint.
const recordEvery = time.Hour

// recordStatus shows the last checkpoint of a record, seldom, so that the status does not change with every entry. What it
// showed is not forgotten when the database shows less.
func recordStatus(shown *v1alpha1.RecordStatus, seen tenantdb.RecordState) {
	if seen.Size == 0 || shown.Time != nil && (seen.At.Sub(shown.Time.Time) < recordEvery || seen.Size < shown.Size) {
		return
	}
	at := metav1.NewTime(seen.At.Truncate(time.Second))
	*shown = v1alpha1.RecordStatus{Size: seen.Size, Root: base64.StdEncoding.EncodeToString(seen.Root), Time: &at}
}

func usage(open, quota int) string {
	if quota == 0 {
		return fmt.Sprint(coarse(open))
	}
	return fmt.Sprintf("%d/%d", coarse(open), quota)
}

// coarse rounds a number from 100 on down to two digits, so that the status changes seldom.
func coarse(n int) int {
	step := 1
	for n/step >= 100 {
		step *= 10
	}
	return n / step * step
}
