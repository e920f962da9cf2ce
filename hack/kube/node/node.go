package node

import (
	"context"
	"os"
	"runtime"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-base/version"
)

// register creates the Node object. Its size is fixed and generous; neither
// requests nor limits are enforced, so it only has to satisfy those who read it.
func register(ctx context.Context, client kubernetes.Interface, ip string, kubeletPort int) (*corev1.Node, error) {
	node, err := client.CoreV1().Nodes().Create(ctx, describe(ip, kubeletPort), metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	// Admission taints every new node as not ready and leaves it to the
	// node-lifecycle controller, which does not run here, to take that back.
	node.Spec.Taints = nil
	return client.CoreV1().Nodes().Update(ctx, node, metav1.UpdateOptions{})
}

func describe(ip string, kubeletPort int) *corev1.Node {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("64"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("512Gi"),
		corev1.ResourcePods:             resource.MustParse("2000"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: Name,
			Labels: map[string]string{
				corev1.LabelHostname:   Name,
				corev1.LabelOSStable:   runtime.GOOS,
				corev1.LabelArchStable: runtime.GOARCH,
			},
		},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: capacity,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: ip},
				{Type: corev1.NodeHostName, Address: Name},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(kubeletPort)}},
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue,
				Reason: "AgentReady", Message: "pods run as local processes",
				LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
			}},
			NodeInfo: corev1.NodeSystemInfo{
				KernelVersion:           kernel(),
				KubeletVersion:          version.Get().GitVersion,
				OperatingSystem:         runtime.GOOS,
				Architecture:            runtime.GOARCH,
				OSImage:                 "this machine",
				ContainerRuntimeVersion: "process://1",
			},
		},
	}
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(release))
}
