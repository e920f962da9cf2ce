package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// townsPatience is how long the towns may take on a machine that does other things too.
const townsPatience = 5 * time.Minute

// tenants of 惠民县: 15 towns and the desk.
const tenants = 16

// readiness is the Ready condition, and what it says.
func readiness(conditions []metav1.Condition) (bool, string) {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return false, "nothing is reported yet"
	}
	return ready.Status == metav1.ConditionTrue, ready.Reason + ": " + ready.Message
}

// served is a town that is Ready with an instance of its own running.
func served(town v1alpha1.Township) (bool, string) {
	ready, why := readiness(town.Status.Conditions)
	if !ready {
		return false, why
	}
	return town.Status.ServedBy == v1alpha1.ModeDedicated && town.Status.ReadyReplicas >= town.Replicas(), "its own instance is not running yet"
}

// awaitTowns waits until all are Ready with running instances, with a line that lives.
func (d *demo) awaitTowns(ctx context.Context) error {
	if err := d.awaitServed(ctx, tenants, townsPatience); err != nil {
		return err
	}
	d.figure("15 towns and the desk Ready, instances running", time.Since(d.applied).Seconds(), "s", 60)
	listed, err := d.kubectl(ctx, "", "get", "townships", "-A")
	d.progress.note("%s", strings.TrimSpace(listed))
	return err
}

func (d *demo) awaitServed(ctx context.Context, want int, patience time.Duration) error {
	started := time.Now()
	return poll(ctx, patience, 250*time.Millisecond, func() (bool, string, error) {
		var towns v1alpha1.TownshipList
		if err := d.cluster.client.List(ctx, &towns, client.InNamespace("county-"+county)); err != nil {
			return false, "", err
		}
		ready, line := summary(towns.Items)
		d.progress.tick("%d of %d Ready after %d s%s", ready, want, int(time.Since(started).Seconds()), line)
		return ready == want && len(towns.Items) == want, fmt.Sprintf("%d of %d towns are Ready%s", ready, want, line), d.cluster.exited()
	})
}

// summary counts the towns that are served, and quotes the first that is not.
func summary(towns []v1alpha1.Township) (ready int, line string) {
	for _, town := range towns {
		isServed, why := served(town)
		if isServed {
			ready++
		} else if line == "" {
			line = fmt.Sprintf("; %s %s: %s", town.Name, town.Spec.DisplayName, why)
		}
	}
	const width = 140
	if letters := []rune(line); len(letters) > width {
		line = string(letters[:width]) + "…"
	}
	return ready, line
}

func (d *demo) township(ctx context.Context, code string) (v1alpha1.Township, error) {
	var town v1alpha1.Township
	err := d.cluster.client.Get(ctx, client.ObjectKey{Namespace: "county-" + county, Name: code}, &town)
	return town, err
}
