package v1alpha1

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestCountyCode(t *testing.T) {
	for namespace, want := range map[string]string{"county-371621": "371621", "default": "", "county-": "", "my-county-371621": ""} {
		town := &Township{}
		town.Namespace = namespace
		if got := town.CountyCode(); got != want {
			t.Errorf("the county of namespace %q = %q, want %q", namespace, got, want)
		}
	}
}

func TestDeletesData(t *testing.T) {
	for _, c := range []struct {
		reason     string
		policy     ReclaimPolicy
		annotation string
		want       bool
	}{
		{"nothing asks for it", ReclaimRetain, "", false},
		{"the policy alone is one act", ReclaimDelete, "", false},
		{"the annotation alone is one act", ReclaimRetain, "371621101", false},
		{"the annotation names another", ReclaimDelete, "371621102", false},
		{"a word is no code", ReclaimDelete, "true", false},
		{"both acts", ReclaimDelete, "371621101", true},
	} {
		if got := DeletesData(c.policy, map[string]string{DeleteDataAnnotation: c.annotation}, "371621101"); got != c.want {
			t.Errorf("%s: %v, want %v", c.reason, got, c.want)
		}
	}
}

func TestAdopts(t *testing.T) {
	if Adopts(nil, "371621101") || Adopts(map[string]string{AdoptAnnotation: "371621102"}, "371621101") {
		t.Error("adopts without being asked")
	}
	if !Adopts(map[string]string{AdoptAnnotation: "371621101"}, "371621101") {
		t.Error("does not adopt although asked")
	}
}

// An object that kube-apiserver has not defaulted (an older one, or one in a test) means the same.
func TestTownship_withoutDefaults(t *testing.T) {
	town := &Township{}
	requests, limits := town.Amounts()
	if !town.Dedicated() || town.Replicas() != 1 || town.OpenCasesQuota() != 5000 || town.Connections() != 10 ||
		requests[corev1.ResourceCPU] != "20m" || limits[corev1.ResourceMemory] != "128Mi" {
		t.Errorf("an empty spec means %d replicas, %d cases, %d connections, %v, %v", town.Replicas(), town.OpenCasesQuota(),
			town.Connections(), requests, limits)
	}
}
