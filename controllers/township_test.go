package controllers

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

func TestTownship_servedFromDeclaration(t *testing.T) {
	w := newWorld(t)
	town := w.provision()
	got := w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServedByShared)
	expect(t, got.Status.Conditions, "WorkloadAvailable", metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	w.rollOut(town, 1)
	w.reconcileTown(town)
	got = w.getTown(town)
	expect(t, got.Status.Conditions, "Ready", metav1.ConditionTrue, v1alpha1.ReasonServed)
	if !w.exists(town, &networkingv1.Ingress{}) {
		t.Error("no route")
	}
}
