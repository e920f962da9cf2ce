package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// keysSecret is the one thing an installation must keep besides its databases and manifests.
const keysSecret = "tiaojie-keys"

// checkRetained deletes a town and declares it again: its cases are still there.
func (d *demo) checkRetained(ctx context.Context) error {
	if _, err := d.kubectl(ctx, "", "-n", "county-"+county, "delete", "township", firstTown, "--wait", "--timeout=60s"); err != nil {
		return err
	}
	gone := poll(ctx, 30*time.Second, 200*time.Millisecond, func() (bool, string, error) {
		_, err := d.deployment(ctx, firstTown)
		return apierrors.IsNotFound(err), "its Deployment is still there", client.IgnoreNotFound(err)
	})
	if gone != nil {
		return gone
	}
	if err := d.onboard(ctx); err != nil {
		return err
	}
	if err := d.awaitServed(ctx, tenants+1, time.Minute); err != nil {
		return err
	}
	return d.casesAreThere(ctx)
}

// checkRebuilt throws the cluster away and makes another from the same manifests, the same key and the old PostgreSQL.
func (d *demo) checkRebuilt(ctx context.Context) error {
	if !d.cluster.embedded {
		d.progress.note("left out: this cluster is yours")
		return nil
	}
	var keys corev1.Secret
	if err := d.cluster.client.Get(ctx, client.ObjectKey{Namespace: releaseNamespace, Name: keysSecret}, &keys); err != nil {
		return err
	}
	measured := d.figures
	defer func() { d.figures = measured }()
	restore := func(ctx context.Context) error { return d.restoreKeys(ctx, keys) }
	await := func(ctx context.Context) error { return d.awaitServed(ctx, tenants, townsPatience) }
	stop := func(context.Context) error { return d.cluster.stop() }
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"stop", stop}, {"start", d.startCluster}, {"restore the key", restore}, {"install", d.install},
		{"server", d.declareServer}, {"onboard", d.onboard}, {"towns", await}, {"cases", d.casesAreThere},
	} {
		started := time.Now()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		d.progress.note("%s: %.1f s", step.name, time.Since(started).Seconds())
	}
	return nil
}

func (d *demo) restoreKeys(ctx context.Context, keys corev1.Secret) error {
	data := map[string]any{}
	for name, value := range keys.Data {
		data[name] = base64.StdEncoding.EncodeToString(value)
	}
	return d.apply(ctx,
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": releaseNamespace}},
		map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": keysSecret, "namespace": releaseNamespace}, "data": data})
}

// casesAreThere reads both cases as their clerk, by the one URL space.
func (d *demo) casesAreThere(ctx context.Context) error {
	for town, id := range map[string]string{firstTown: d.cases.dedicated, otherTown: d.cases.shared} {
		var read view
		if _, err := d.caller(d.cluster.url, clerk).call(ctx, 200, &read, "GET", "/v1/tenants/"+town+"/cases/"+id, nil); err != nil {
			return err
		}
		if read.ID != id || read.State != "accepted" {
			return fmt.Errorf("the case %s of %s reads back as %+v", id, town, read)
		}
	}
	return nil
}
