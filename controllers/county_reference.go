package controllers

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// countyReference copies what the province has published. A county that cannot be brought up to date goes on serving by
// what it has, and says so.
func (o *Operator) countyReference(ctx context.Context, s *countyScope) error {
	s.compared = true
	copied, err := s.db.CopyReferences(ctx, s.installed.directory)
	if err := s.server.note(err); err != nil {
		s.behind = outcomeOf(err).message
		return nil
	}
	if len(copied) > 0 {
		o.event(s.county, corev1.EventTypeNormal, v1alpha1.ReasonReferenceCopied, "CopyReference",
			"published reference data copied to the county: "+strings.Join(copied, ", "))
	}
	return nil
}

// followReferences has every county looked at as soon as a province publishes something. Whoever missed it looks at the
// next round.
func (i *Installation) followReferences(ctx context.Context) {
	for ctx.Err() == nil {
		err := i.awaitReferences(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.FromContext(ctx).V(1).Info("published reference data is not listened for; it is tried again", "error", err.Error())
			select {
			case <-ctx.Done():
			case <-time.After(jitter(secretPoll)):
			}
		}
		i.operator.pokeCounties(ctx)
	}
}

func (i *Installation) awaitReferences(ctx context.Context) error {
	installed, err := i.get(ctx)
	if err != nil {
		return err
	}
	return installed.directory.AwaitReferences(ctx)
}

func (o *Operator) pokeCounties(ctx context.Context) {
	var counties v1alpha1.CountyList
	if o.client.List(ctx, &counties) != nil {
		return
	}
	for n := range counties.Items {
		o.poke(o.countyPokes, &counties.Items[n])
	}
}
