package node

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/api/v1/resource"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// variables are an environment that remembers its order; a later value of a
// name replaces the earlier one.
type variables struct {
	names  []string
	values map[string]string
}

func newVariables() *variables { return &variables{values: map[string]string{}} }

func (v *variables) set(name, value string) {
	if _, known := v.values[name]; !known {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *variables) list() []string {
	list := make([]string, 0, len(v.names))
	for _, name := range v.names {
		list = append(list, name+"="+v.values[name])
	}
	return list
}

// store reads the data that variables refer to. A missing object is (nil, nil).
type store interface {
	configMap(name string) (map[string]string, error)
	secret(name string) (map[string]string, error)
}

// environment is the container's whole environment. Of the agent's own only
// PATH is passed on.
func (c *container) environment() (*variables, error) {
	p := c.pod
	object := p.snapshot().DeepCopy()
	object.Status.PodIP, object.Status.PodIPs = p.ip, []corev1.PodIP{{IP: p.ip}}
	object.Status.HostIP = p.agent.options.NodeIP
	object.Status.HostIPs = []corev1.HostIP{{IP: p.agent.options.NodeIP}}

	base := newVariables()
	base.set("PATH", os.Getenv("PATH"))
	base.set("HOME", "/nonexistent")
	base.set("TMPDIR", filepath.Join(p.dir, "tmp"))
	base.set("HOSTNAME", object.Name)
	if server, err := url.Parse(p.agent.options.Server); err == nil {
		base.set("KUBERNETES_SERVICE_HOST", server.Hostname())
		base.set("KUBERNETES_SERVICE_PORT", server.Port())
	}
	if mountsCredentials(&object.Spec, c.spec) {
		base.set("KUBECONFIG", p.kubeconfigPath())
	}
	data := &apiStore{client: p.agent.options.Client, namespace: object.Namespace}
	return environment(base, data, p.agent.node.Status.Allocatable, object, c.spec)
}

// environment adds to base what the container's envFrom and env say, in the
// order the kubelet takes: envFrom first, then env, each seeing those before.
func environment(base *variables, data store, node corev1.ResourceList, pod *corev1.Pod, c *corev1.Container) (*variables, error) {
	for i := range c.EnvFrom {
		if err := addFrom(base, data, &c.EnvFrom[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Env {
		variable := &c.Env[i]
		value, found, err := valueOf(base, data, node, pod, c, variable)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", variable.Name, err)
		}
		if found {
			base.set(variable.Name, value)
		}
	}
	return base, nil
}

func addFrom(v *variables, data store, from *corev1.EnvFromSource) error {
	var content map[string]string
	var err error
	switch {
	case from.ConfigMapRef != nil:
		content, err = read("configmap", data.configMap, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
	case from.SecretRef != nil:
		content, err = read("secret", data.secret, from.SecretRef.Name, from.SecretRef.Optional)
	}
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(content)) {
		v.set(from.Prefix+key, content[key])
	}
	return nil
}

func valueOf(v *variables, data store, node corev1.ResourceList, pod *corev1.Pod, c *corev1.Container, variable *corev1.EnvVar) (value string, found bool, err error) {
	source := variable.ValueFrom
	switch {
	case source == nil:
		return expansion.Expand(variable.Value, expansion.MappingFuncFor(v.values)), true, nil
	case source.FieldRef != nil:
		value, err = fieldOf(pod, source.FieldRef.FieldPath)
		return value, err == nil, err
	case source.ResourceFieldRef != nil:
		name := source.ResourceFieldRef.ContainerName
		if name == "" {
			name = c.Name
		}
		value, err = resource.ExtractResourceValueByContainerNameAndNodeAllocatable(source.ResourceFieldRef, pod, name, node)
		return value, err == nil, err
	case source.ConfigMapKeyRef != nil:
		ref := source.ConfigMapKeyRef
		return key("configmap", data.configMap, ref.Name, ref.Key, ref.Optional)
	case source.SecretKeyRef != nil:
		ref := source.SecretKeyRef
		return key("secret", data.secret, ref.Name, ref.Key, ref.Optional)
	default:
		return "", false, fmt.Errorf("its valueFrom is of a kind the embedded cluster does not know")
	}
}

// fieldOf reads a downward-API field; upstream keeps the pod's status and
// spec fields apart from the metadata fields.
func fieldOf(pod *corev1.Pod, path string) (string, error) {
	switch path {
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.hostIP", "status.hostIPs":
		return pod.Status.HostIP, nil
	case "status.podIP", "status.podIPs":
		return pod.Status.PodIP, nil
	default:
		return fieldpath.ExtractFieldPathAsString(pod, path)
	}
}

func read(kind string, get func(string) (map[string]string, error), name string, optional *bool) (map[string]string, error) {
	content, err := get(name)
	if err != nil {
		return nil, err
	}
	if content == nil && !(optional != nil && *optional) {
		return nil, fmt.Errorf("%s %q not found", kind, name)
	}
	return content, nil
}

func key(kind string, get func(string) (map[string]string, error), name, key string, optional *bool) (string, bool, error) {
	content, err := read(kind, get, name, optional)
	if err != nil {
		return "", false, err
	}
	value, found := content[key]
	if !found && !(optional != nil && *optional) {
		return "", false, fmt.Errorf("couldn't find key %s in %s %q", key, kind, name)
	}
	return value, found, nil
}

// apiStore reads straight from the API: a container starts rarely, and must
// not start with an old value.
type apiStore struct {
	client    kubernetes.Interface
	namespace string
}

func (s *apiStore) configMap(name string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	object, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content := map[string]string{}
	maps.Copy(content, object.Data)
	return content, nil
}

func (s *apiStore) secret(name string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	object, err := s.client.CoreV1().Secrets(s.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content := map[string]string{}
	for key, value := range object.Data {
		content[key] = string(value)
	}
	return content, nil
}
