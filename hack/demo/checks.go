package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// both are the two kinds of instance that answer for a town.
func (d *demo) both(ctx context.Context, town, subject string) (own, shared caller, err error) {
	ownAddress, err := d.dedicated(ctx, town)
	if err != nil {
		return own, shared, err
	}
	sharedAddress, err := d.sharedAPI(ctx)
	return d.caller(ownAddress, subject), d.caller(sharedAddress, subject), err
}

// checkSameBytes reads the same paths from both and compares every byte of the bodies, and the ETags: for the town
// whose case came in through its own instance, and for the one whose case came in through the shared API.
func (d *demo) checkSameBytes(ctx context.Context) error {
	compared := 0
	for town, id := range map[string]string{firstTown: d.cases.dedicated, otherTown: d.cases.shared} {
		own, shared, err := d.both(ctx, town, director)
		if err != nil {
			return err
		}
		unit := "/v1/tenants/" + town
		one := unit + "/cases/" + id
		for _, path := range []string{one, one + "/journal", unit + "/cases", unit + "/cases?limit=1&sort=updated_at", unit, unit + "/members", "/v1/codes"} {
			if err := sameBytes(ctx, own, shared, path); err != nil {
				return err
			}
			compared++
		}
	}
	d.progress.note("%d paths compared", compared)
	return nil
}

func sameBytes(ctx context.Context, own, shared caller, path string) error {
	first, err := own.call(ctx, 200, nil, "GET", path, nil)
	if err != nil {
		return err
	}
	second, err := shared.call(ctx, 200, nil, "GET", path, nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(first.body, second.body) || first.header.Get("ETag") != second.header.Get("ETag") {
		return fmt.Errorf("%s differs:\n%s %s\n%s %s", path, first.header.Get("ETag"), first.body, second.header.Get("ETag"), second.body)
	}
	return nil
}

// checkCursorAndKey pages from one instance to the other, and repeats a write at the other.
func (d *demo) checkCursorAndKey(ctx context.Context) error {
	own, shared, err := d.both(ctx, firstTown, clerk)
	if err != nil {
		return err
	}
	cases := "/v1/tenants/" + firstTown + "/cases"
	var made, again view
	second := homestead()
	second.Title = "端木家与纳兰家排水纠纷"
	if _, err := own.call(ctx, 201, &made, "POST", cases, second, "Idempotency-Key", "demo-second"); err != nil {
		return err
	}
	repeated, err := shared.do(ctx, "POST", cases, second, "Idempotency-Key", "demo-second")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(repeated.body, &again); err != nil || repeated.status != 201 || again.ID != made.ID || repeated.header.Get("Idempotency-Replayed") != "true" {
		return fmt.Errorf("the key of one instance is not honoured by the other: %d %s", repeated.status, repeated.body)
	}
	second.Amount++
	if _, err := shared.call(ctx, 409, nil, "POST", cases, second, "Idempotency-Key", "demo-second"); err != nil {
		return err
	}
	type page struct {
		Items []view
		Next  string
	}
	var first, next page
	if _, err := own.call(ctx, 200, &first, "GET", cases+"?type=03&limit=1", nil); err != nil {
		return err
	}
	if _, err := shared.call(ctx, 200, &next, "GET", cases+"?type=03&limit=1&cursor="+first.Next, nil); err != nil {
		return err
	}
	if len(first.Items) != 1 || len(next.Items) != 1 || first.Items[0].ID != made.ID || next.Items[0].ID != d.cases.dedicated || next.Next != "" {
		return fmt.Errorf("paging from one to the other gives %v, then %v", first, next)
	}
	return nil
}

func (d *demo) checkDocs(ctx context.Context) error {
	anybody := caller{base: d.cluster.url}
	page, err := anybody.call(ctx, 200, nil, "GET", "/docs", nil)
	if err != nil {
		return err
	}
	for _, outside := range []string{`="http`, `="//`} {
		if strings.Contains(string(page.body), outside) {
			return fmt.Errorf("the docs page loads something from outside")
		}
	}
	var document struct {
		OpenAPI string                     `json:"openapi"`
		Paths   map[string]json.RawMessage `json:"paths"`
	}
	if _, err := anybody.call(ctx, 200, &document, "GET", "/openapi.json", nil); err != nil {
		return err
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") || len(document.Paths) == 0 {
		return fmt.Errorf("/openapi.json is version %q with %d paths", document.OpenAPI, len(document.Paths))
	}
	d.progress.note("OpenAPI %s, %d paths", document.OpenAPI, len(document.Paths))
	return nil
}

// checkKubectl reads what an administrator reads, and that a broken county says what to do.
func (d *demo) checkKubectl(ctx context.Context) error {
	listed, err := d.kubectl(ctx, "", "get", "townships", "-A")
	if err != nil {
		return err
	}
	explained, err := d.kubectl(ctx, "", "explain", "township.spec")
	if err != nil {
		return err
	}
	for text, want := range map[string]string{listed: "石庙镇", explained: "displayName"} {
		if !strings.Contains(text, want) {
			return fmt.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if err := d.apply(ctx, map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "County", "metadata": map[string]any{"name": "371622"},
		"spec": map[string]any{"displayName": "阳信县", "serverRef": map[string]any{"name": "nowhere"}},
	}); err != nil {
		return err
	}
	err = poll(ctx, 20*time.Second, 200*time.Millisecond, func() (bool, string, error) {
		described, err := d.kubectl(ctx, "", "describe", "county", "371622")
		_, conditions, _ := strings.Cut(described, "Conditions:")
		return strings.Contains(conditions, "nowhere"), "kubectl describe county 371622 does not name its missing server:\n" + conditions, err
	})
	_, deleted := d.kubectl(ctx, "", "delete", "county", "371622", "--wait", "--timeout=30s")
	return errors.Join(err, deleted)
}

func (d *demo) checkScale(ctx context.Context) error {
	for _, replicas := range []int32{2, 1} {
		if _, err := d.kubectl(ctx, "", "-n", "county-"+county, "scale", "township/"+firstTown, fmt.Sprintf("--replicas=%d", replicas)); err != nil {
			return err
		}
		err := poll(ctx, time.Minute, 200*time.Millisecond, func() (bool, string, error) {
			deployment, err := d.deployment(ctx, firstTown)
			if err != nil {
				return false, "", err
			}
			town, err := d.township(ctx, firstTown)
			isServed, why := served(town)
			return isServed && deployment.Status.ReadyReplicas == replicas && deployment.Status.Replicas == replicas && town.Status.Replicas == replicas,
				fmt.Sprintf("%d of %d instances run, status says %d; %s", deployment.Status.ReadyReplicas, replicas, town.Status.Replicas, why), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkDeletedPod deletes a town's only instance and asks for a case all the while.
func (d *demo) checkDeletedPod(ctx context.Context) error {
	var pods corev1.PodList
	if err := d.cluster.client.List(ctx, &pods, client.InNamespace("county-"+county), client.MatchingLabels{v1alpha1.TownshipLabel: firstTown}); err != nil {
		return err
	}
	gone, deleted := map[string]bool{}, time.Now()
	for _, pod := range pods.Items {
		gone[pod.Name] = true
		if _, err := d.kubectl(ctx, "", "-n", pod.Namespace, "delete", "pod", pod.Name, "--wait=false"); err != nil {
			return err
		}
	}
	asked, unanswered := 0, 0
	err := poll(ctx, time.Minute, 50*time.Millisecond, func() (bool, string, error) {
		got, err := d.caller(d.cluster.url, clerk).do(ctx, "GET", "/v1/tenants/"+firstTown+"/cases/"+d.cases.dedicated, nil)
		asked++
		if err != nil || got.status != 200 {
			unanswered++
			return false, fmt.Sprintf("the API does not answer: status %d %s (%v)", got.status, got.body, err), ctx.Err()
		}
		var now corev1.PodList
		if err := d.cluster.client.List(ctx, &now, client.InNamespace("county-"+county), client.MatchingLabels{v1alpha1.TownshipLabel: firstTown}); err != nil {
			return false, "", err
		}
		for _, pod := range now.Items {
			if !gone[pod.Name] && podReady(pod) {
				return true, "", nil
			}
		}
		return false, "no new instance is ready", nil
	})
	d.progress.note("a new instance after %.1f s; meanwhile %d of %d requests got 503", time.Since(deleted).Seconds(), unanswered, asked)
	return err
}

// checkIsolation logs in as a town's own instance does, and tries what it must not.
func (d *demo) checkIsolation(ctx context.Context) error {
	var secret corev1.Secret
	if err := d.cluster.client.Get(ctx, client.ObjectKey{Namespace: "county-" + county, Name: "t-" + firstTown}, &secret); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, d.postgres.as(string(secret.Data["user"]), string(secret.Data["password"]), "county_"+county))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var own, foreign int
	if err := conn.QueryRow(ctx, "SELECT count(*), count(*) FILTER (WHERE origin <> $1) FROM county.case_index", firstTown).Scan(&own, &foreign); err != nil {
		return err
	}
	if own == 0 || foreign != 0 {
		return fmt.Errorf("the town sees %d rows of the county's index, %d of them another town's", own, foreign)
	}
	attempts := []string{
		"SELECT * FROM t" + otherTown + ".cases",
		"INSERT INTO t" + otherTown + ".cases DEFAULT VALUES",
		"SET ROLE t" + otherTown,
		"SET ROLE o" + firstTown,
		"SET ROLE county_" + county,
		"SET SESSION AUTHORIZATION t" + otherTown,
		"UPDATE journal SET verb = 'none'",
		"DELETE FROM journal",
	}
	for _, attempt := range attempts {
		_, err := conn.Exec(ctx, attempt)
		var refusal *pgconn.PgError
		if err == nil {
			return fmt.Errorf("%s: it is not refused", attempt)
		}
		if !errors.As(err, &refusal) || refusal.Code != "42501" {
			return fmt.Errorf("%s: want it refused with 42501: %w", attempt, err)
		}
	}
	d.progress.note("%d attempts refused", len(attempts))
	return nil
}

// checkOneMoreTown declares a town that no list has yet and times it until its instance answers.
func (d *demo) checkOneMoreTown(ctx context.Context) error {
	manifests, err := d.tiaojie(ctx, "371621116,新设镇\n", "onboard", county, "--from", "-",
		"--administrator-subject", fmt.Sprintf("issuer=%s,subject=%s", issuer, administrator))
	if err != nil {
		return err
	}
	started := time.Now()
	if _, err := d.kubectl(ctx, manifests, "apply", "-f", "-"); err != nil {
		return err
	}
	if err := d.awaitServed(ctx, tenants+1, time.Minute); err != nil {
		return err
	}
	d.figure("one more town Ready, instance running", time.Since(started).Seconds(), "s", 5)
	return nil
}
