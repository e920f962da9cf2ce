package tenant

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// HTTPRouteKind is the Gateway API's route.
var HTTPRouteKind = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}

// NetworkPolicy lets anyone call the API and its probes, and lets the instances call DNS, their database, the
// issuers of tokens and the store of attachments, and nothing else. Their addresses are names, which NetworkPolicy cannot
// hold, so egress is limited by port.
func NetworkPolicy(in Input) *networkingv1ac.NetworkPolicyApplyConfiguration {
	spec := networkingv1ac.NetworkPolicySpec().
		WithPodSelector(metav1ac.LabelSelector().WithMatchLabels(Selector(in.code()))).
		WithPolicyTypes(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress).
		WithIngress(networkingv1ac.NetworkPolicyIngressRule().WithPorts(
			portRule(corev1.ProtocolTCP, in.Values.httpPort()), portRule(corev1.ProtocolTCP, in.Values.operationsPort()))).
		WithEgress(
			networkingv1ac.NetworkPolicyEgressRule().WithPorts(
				portRule(corev1.ProtocolUDP, 53), portRule(corev1.ProtocolTCP, 53)),
			networkingv1ac.NetworkPolicyEgressRule().WithPorts(portRule(corev1.ProtocolTCP, in.Database.Port)))
	called := in.Values.API.issuerPorts()
	if store := in.Values.Blobs.Endpoint; store != "" && !slices.Contains(called, portOf(store)) {
		called = append(called, portOf(store))
	}
	for _, port := range called {
		spec.WithEgress(networkingv1ac.NetworkPolicyEgressRule().WithPorts(portRule(corev1.ProtocolTCP, port)))
	}
	return networkingv1ac.NetworkPolicy(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).WithSpec(spec)
}

func portRule(protocol corev1.Protocol, number int32) *networkingv1ac.NetworkPolicyPortApplyConfiguration {
	return networkingv1ac.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(number))
}

// issuerPorts are where keys are fetched from, each once; none when all are given by configuration.
func (a API) issuerPorts() []int32 {
	var further []struct {
		Issuer string          `json:"issuer"`
		JWKS   json.RawMessage `json:"jwks"`
	}
	_ = json.Unmarshal([]byte(a.Issuers), &further) // what cannot be read, the API itself refuses to start with
	var ports []int32
	if a.JWKS == "" && a.Issuer != "" {
		ports = append(ports, portOf(a.Issuer))
	}
	for _, issuer := range further {
		if len(issuer.JWKS) == 0 {
			ports = append(ports, portOf(issuer.Issuer))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func portOf(address string) int32 {
	parsed, err := url.Parse(address)
	if err != nil {
		return 443
	}
	if number, err := strconv.ParseInt(parsed.Port(), 10, 32); err == nil {
		return int32(number)
	}
	if parsed.Scheme == "http" {
		return 80
	}
	return 443
}

// Path is where a township's operations begin, in every instance.
func Path(code string) string { return "/v1/tenants/" + code }

// Ingress sends the township's part of the URL space to its own instances.
func Ingress(in Input) *networkingv1ac.IngressApplyConfiguration {
	route := in.Values.Route
	path := networkingv1ac.HTTPIngressPath().
		WithPath(Path(in.code())).WithPathType(networkingv1.PathTypePrefix).
		WithBackend(networkingv1ac.IngressBackend().WithService(networkingv1ac.IngressServiceBackend().
			WithName(ObjectName(in.code())).WithPort(networkingv1ac.ServiceBackendPort().WithName(httpPortName))))
	rule := networkingv1ac.IngressRule().WithHTTP(networkingv1ac.HTTPIngressRuleValue().WithPaths(path))
	if route.Host != "" {
		rule.WithHost(route.Host)
	}
	spec := networkingv1ac.IngressSpec().WithRules(rule)
	if route.ClassName != "" {
		spec.WithIngressClassName(route.ClassName)
	}
	if route.TLSSecret != "" {
		tls := networkingv1ac.IngressTLS().WithSecretName(route.TLSSecret)
		if route.Host != "" {
			tls.WithHosts(route.Host)
		}
		spec.WithTLS(tls)
	}
	ingress := networkingv1ac.Ingress(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).WithSpec(spec)
	if len(route.Annotations) > 0 {
		ingress.WithAnnotations(route.Annotations)
	}
	return ingress
}

// HTTPRoute is the same route for the Gateway API.
func HTTPRoute(in Input) *unstructured.Unstructured {
	route := in.Values.Route
	parent := map[string]any{"name": route.GatewayName}
	if route.GatewayNamespace != "" {
		parent["namespace"] = route.GatewayNamespace
	}
	spec := map[string]any{
		"parentRefs": []any{parent},
		"rules": []any{map[string]any{
			"matches":     []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": Path(in.code())}}},
			"backendRefs": []any{map[string]any{"name": ObjectName(in.code()), "port": int64(80)}},
		}},
	}
	if route.Host != "" {
		spec["hostnames"] = []any{route.Host}
	}
	metadata := map[string]any{
		"name": ObjectName(in.code()), "namespace": in.namespace(), "labels": anyMap(in.labels()),
		"ownerReferences": []any{map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Township", "name": in.Township.Name,
			"uid": string(in.Township.UID), "controller": true, "blockOwnerDeletion": true,
		}},
	}
	if len(route.Annotations) > 0 {
		metadata["annotations"] = anyMap(route.Annotations)
	}
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": metadata, "spec": spec}}
	object.SetGroupVersionKind(HTTPRouteKind)
	return object
}

func anyMap(given map[string]string) map[string]any {
	result := make(map[string]any, len(given))
	for key, value := range given {
		result[key] = value
	}
	return result
}

// Endpoint is the URL under which clients reach a township.
func Endpoint(values Values, code string) string {
	return values.API.PublicURL + Path(code)
}
