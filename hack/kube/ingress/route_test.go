package ingress

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

type path struct {
	host, path string
	exact      bool
	service    string
}

func object(name string, paths ...path) *networkingv1.Ingress {
	in := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name}}
	for _, p := range paths {
		kind := networkingv1.PathTypePrefix
		if p.exact {
			kind = networkingv1.PathTypeExact
		}
		backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: p.service}}
		in.Spec.Rules = append(in.Spec.Rules, networkingv1.IngressRule{
			Host: p.host,
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{{Path: p.path, PathType: &kind, Backend: backend}},
			}},
		})
	}
	return in
}

func TestMatch(t *testing.T) {
	withDefault := object("default")
	withDefault.Spec.DefaultBackend = &networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "fallback"}}
	province := object("province",
		path{"", "/", false, "shared"},
		path{"", "/v1/tenants/371621101", false, "dedicated"},
		path{"", "/v1/tenants/371621101/", false, "slash"},
		path{"", "/healthz", true, "health"},
	)
	hosts := object("hosts",
		path{"a.test", "/", false, "a"}, path{"*.test", "/", false, "wild"}, path{"*.test", "/deep/er", false, "wilddeep"}, path{"a.test", "/only", true, "only"})
	cases := []struct {
		reason     string
		table      []*networkingv1.Ingress
		host, path string
		want       string
	}{
		{"no objects, no route", nil, "x", "/", ""},
		{"a rule without host serves every host", []*networkingv1.Ingress{province}, "127.0.0.1:8080", "/v1/tenants", "shared"},
		{"the longest prefix wins", []*networkingv1.Ingress{province}, "", "/v1/tenants/371621101/cases", "slash"},
		{"a rule's path matches itself", []*networkingv1.Ingress{province}, "", "/v1/tenants/371621101", "slash"},
		{"a prefix ends at an element, so another town is not ours", []*networkingv1.Ingress{province}, "", "/v1/tenants/3716211011", "shared"},
		{"an exact path matches itself alone", []*networkingv1.Ingress{province}, "", "/healthz", "health"},
		{"and nothing below", []*networkingv1.Ingress{province}, "", "/healthz/x", "shared"},
		{"a host is compared without port and case", []*networkingv1.Ingress{hosts}, "A.Test:80", "/", "a"},
		{"a wildcard stands for one label", []*networkingv1.Ingress{hosts}, "b.test", "/", "wild"},
		{"not for two", []*networkingv1.Ingress{hosts}, "c.b.test", "/", ""},
		{"nor for none", []*networkingv1.Ingress{hosts}, "test", "/", ""},
		{"an exact host wins over a wildcard's longer path", []*networkingv1.Ingress{hosts}, "a.test", "/deep/er", "a"},
		{"exact wins over prefix", []*networkingv1.Ingress{hosts}, "a.test", "/only", "only"},
		{"another host is not served", []*networkingv1.Ingress{hosts}, "a.other", "/", ""},
		{"the default backend takes what is left", []*networkingv1.Ingress{hosts, withDefault}, "a.other", "/x", "fallback"},
		{"and no more than that", []*networkingv1.Ingress{withDefault, province}, "a.other", "/x", "shared"},
		{"of two equal rules the first by name wins, whatever the order", []*networkingv1.Ingress{object("z", path{"", "/", false, "z"}), object("y", path{"", "/", false, "y"})}, "", "/", "y"},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			got, found := newTable(c.table).match(c.host, c.path)
			if found != (c.want != "") || got.backend.Name != c.want {
				t.Errorf("%s%s went to %q, want %q", c.host, c.path, got.backend.Name, c.want)
			}
		})
	}
}

func pod(name, ip string, ready corev1.ConditionStatus, ports ...corev1.ContainerPort) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Ports: ports}}},
		Status:     corev1.PodStatus{PodIP: ip, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}},
	}
}

func TestAddresses(t *testing.T) {
	http := corev1.ContainerPort{Name: "http", ContainerPort: 8080}
	leaving := pod("leaving", "127.20.1.4", corev1.ConditionTrue, http)
	leaving.DeletionTimestamp = &metav1.Time{}
	foreign := pod("foreign", "127.20.1.5", corev1.ConditionTrue, http)
	foreign.Labels = map[string]string{"app": "other"}
	pods := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range []*corev1.Pod{
		pod("two", "127.20.1.2", corev1.ConditionTrue, http), pod("one", "127.20.1.1", corev1.ConditionTrue, http),
		pod("unready", "127.20.1.3", corev1.ConditionFalse, http), pod("unnamed", "127.20.1.6", corev1.ConditionTrue), leaving, foreign,
	} {
		if err := pods.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	services := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for name, spec := range map[string]corev1.ServiceSpec{
		"web":  {Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: intstr.FromString("http")}, {Name: "metrics", Port: 9090, TargetPort: intstr.FromInt32(9091)}, {Name: "same", Port: 7}}},
		"bare": {Ports: []corev1.ServicePort{{Port: 80}}},
	} {
		if err := services.Add(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name}, Spec: spec}); err != nil {
			t.Fatal(err)
		}
	}
	b := &backends{services: corelisters.NewServiceLister(services), pods: corelisters.NewPodLister(pods)}
	cases := []struct {
		reason, service string
		port            networkingv1.ServiceBackendPort
		want            []string
		err             string
	}{
		{"Ready pods of the selector, the named port resolved per pod", "web", networkingv1.ServiceBackendPort{Name: "web"}, []string{"127.20.1.1:8080", "127.20.1.2:8080"}, ""},
		{"the same by number", "web", networkingv1.ServiceBackendPort{Number: 80}, []string{"127.20.1.1:8080", "127.20.1.2:8080"}, ""},
		{"a target port by number needs no name in the pod", "web", networkingv1.ServiceBackendPort{Number: 9090}, []string{"127.20.1.1:9091", "127.20.1.2:9091", "127.20.1.6:9091"}, ""},
		{"without a target port it is the port", "web", networkingv1.ServiceBackendPort{Name: "same"}, []string{"127.20.1.1:7", "127.20.1.2:7", "127.20.1.6:7"}, ""},
		{"a missing Service is named", "none", networkingv1.ServiceBackendPort{Number: 80}, nil, "service n/none does not exist"},
		{"a missing port is named", "web", networkingv1.ServiceBackendPort{Number: 81}, nil, "service n/web has no port 81"},
		{"a Service without selector has no pods to find", "bare", networkingv1.ServiceBackendPort{Number: 80}, nil, "service n/bare has no selector"},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			got, err := b.addresses("n", networkingv1.IngressServiceBackend{Name: c.service, Port: c.port})
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("got %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}
