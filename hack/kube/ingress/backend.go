package ingress

import (
	"fmt"
	"net"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// backends finds the addresses behind a Service.
type backends struct {
	services corelisters.ServiceLister
	pods     corelisters.PodLister
}

// addresses are host:port of each Ready pod of the Service, in steady order.
// An error says what is wrong with the reference, for the person who wrote it.
func (b *backends) addresses(namespace string, ref networkingv1.IngressServiceBackend) ([]string, error) {
	service, err := b.services.Services(namespace).Get(ref.Name)
	if err != nil {
		return nil, fmt.Errorf("service %s/%s does not exist", namespace, ref.Name)
	}
	port := servicePort(service, ref.Port)
	if port == nil {
		return nil, fmt.Errorf("service %s/%s has no port %s", namespace, ref.Name, portName(ref.Port))
	}
	if len(service.Spec.Selector) == 0 {
		return nil, fmt.Errorf("service %s/%s has no selector", namespace, ref.Name)
	}
	pods, err := b.pods.Pods(namespace).List(labels.SelectorFromSet(service.Spec.Selector))
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, pod := range pods {
		number, known := targetPort(pod, port)
		if known && serves(pod) {
			addresses = append(addresses, net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(int(number))))
		}
	}
	slices.Sort(addresses)
	return addresses, nil
}

func servicePort(service *corev1.Service, ref networkingv1.ServiceBackendPort) *corev1.ServicePort {
	for i := range service.Spec.Ports {
		port := &service.Spec.Ports[i]
		if (ref.Name != "" && port.Name == ref.Name) || (ref.Name == "" && port.Port == ref.Number) {
			return port
		}
	}
	return nil
}

func portName(ref networkingv1.ServiceBackendPort) string {
	if ref.Name != "" {
		return strconv.Quote(ref.Name)
	}
	return strconv.Itoa(int(ref.Number))
}

// targetPort resolves a named target port against the pod's own containers.
func targetPort(pod *corev1.Pod, port *corev1.ServicePort) (int32, bool) {
	if port.TargetPort.Type == intstr.Int {
		if number := port.TargetPort.IntVal; number != 0 {
			return number, true
		}
		return port.Port, true
	}
	for i := range pod.Spec.Containers {
		for _, candidate := range pod.Spec.Containers[i].Ports {
			if candidate.Name == port.TargetPort.StrVal {
				return candidate.ContainerPort, true
			}
		}
	}
	return 0, false
}

func serves(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil || pod.Status.PodIP == "" {
		return false
	}
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}
