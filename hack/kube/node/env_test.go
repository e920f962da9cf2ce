package node

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// fixed is a store with given content.
type fixed struct{ configMaps, secrets map[string]map[string]string }

func (f fixed) configMap(name string) (map[string]string, error) { return f.configMaps[name], nil }
func (f fixed) secret(name string) (map[string]string, error)    { return f.secrets[name], nil }

func yes() *bool { b := true; return &b }

func from(source corev1.EnvVarSource) *corev1.EnvVarSource { return &source }

func field(path string) *corev1.EnvVarSource {
	return from(corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}})
}

func secretKey(name, key string, optional *bool) *corev1.EnvVarSource {
	return from(corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key, Optional: optional}})
}

func testPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "web-1", Namespace: "county-371621", UID: "u-1",
			Labels: map[string]string{"app": "web"}, Annotations: map[string]string{"a/b": "c"},
		},
		Spec: corev1.PodSpec{NodeName: "embedded", ServiceAccountName: "robot", Containers: []corev1.Container{{
			Name: "web",
			Resources: corev1.ResourceRequirements{
				Limits:   corev1.ResourceList{"memory": resource.MustParse("64Mi")},
				Requests: corev1.ResourceList{"cpu": resource.MustParse("250m")},
			},
		}}},
		Status: corev1.PodStatus{PodIP: "127.20.1.1", HostIP: "127.20.0.1"},
	}
}

func TestEnvironment(t *testing.T) {
	data := fixed{
		configMaps: map[string]map[string]string{"settings": {"B": "two", "A": "one"}},
		secrets:    map[string]map[string]string{"keys": {"token": "t$(A)"}},
	}
	cases := []struct {
		reason  string
		envFrom []corev1.EnvFromSource
		env     []corev1.EnvVar
		want    []string
		err     string
	}{
		{reason: "the base alone, when the container says nothing", want: []string{"PATH=/bin"}},
		{reason: "literals keep their order", env: []corev1.EnvVar{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}}, want: []string{"PATH=/bin", "B=2", "A=1"}},
		{reason: "a variable sees those before it", env: []corev1.EnvVar{{Name: "A", Value: "x"}, {Name: "B", Value: "$(A)/$(A)"}}, want: []string{"PATH=/bin", "A=x", "B=x/x"}},
		{reason: "and not those after it", env: []corev1.EnvVar{{Name: "B", Value: "$(A)"}, {Name: "A", Value: "x"}}, want: []string{"PATH=/bin", "B=$(A)", "A=x"}},
		{reason: "two dollars are one, unexpanded", env: []corev1.EnvVar{{Name: "A", Value: "x"}, {Name: "B", Value: "$$(A)"}}, want: []string{"PATH=/bin", "A=x", "B=$(A)"}},
		{reason: "a later value replaces an earlier one in its place", env: []corev1.EnvVar{{Name: "PATH", Value: "/app:$(PATH)"}}, want: []string{"PATH=/app:/bin"}},
		{reason: "envFrom comes first, its keys sorted, and may carry a prefix",
			envFrom: []corev1.EnvFromSource{{Prefix: "S_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}},
			env:     []corev1.EnvVar{{Name: "S_B", Value: "mine"}}, want: []string{"PATH=/bin", "S_A=one", "S_B=mine"}},
		{reason: "a secret's value is not expanded", env: []corev1.EnvVar{{Name: "A", Value: "x"}, {Name: "T", ValueFrom: secretKey("keys", "token", nil)}}, want: []string{"PATH=/bin", "A=x", "T=t$(A)"}},
		{reason: "an optional key that is missing leaves the variable out", env: []corev1.EnvVar{{Name: "T", ValueFrom: secretKey("keys", "none", yes())}}, want: []string{"PATH=/bin"}},
		{reason: "a missing key stops the container and is named", env: []corev1.EnvVar{{Name: "T", ValueFrom: secretKey("keys", "none", nil)}}, err: `couldn't find key none in secret "keys"`},
		{reason: "a missing object stops the container and is named", env: []corev1.EnvVar{{Name: "T", ValueFrom: secretKey("gone", "x", nil)}}, err: `variable T: secret "gone" not found`},
		{reason: "so does one of envFrom", envFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "gone"}}}}, err: `secret "gone" not found`},
		{reason: "unless it is optional", envFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "gone"}, Optional: yes()}}}, want: []string{"PATH=/bin"}},
		{reason: "the pod's address", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("status.podIP")}}, want: []string{"PATH=/bin", "X=127.20.1.1"}},
		{reason: "the node's address", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("status.hostIP")}}, want: []string{"PATH=/bin", "X=127.20.0.1"}},
		{reason: "the node's name", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("spec.nodeName")}}, want: []string{"PATH=/bin", "X=embedded"}},
		{reason: "the service account", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("spec.serviceAccountName")}}, want: []string{"PATH=/bin", "X=robot"}},
		{reason: "a label by its key", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("metadata.labels['app']")}}, want: []string{"PATH=/bin", "X=web"}},
		{reason: "an annotation by its key", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("metadata.annotations['a/b']")}}, want: []string{"PATH=/bin", "X=c"}},
		{reason: "all labels", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("metadata.labels")}}, want: []string{"PATH=/bin", `X=app="web"`}},
		{reason: "the namespace", env: []corev1.EnvVar{{Name: "X", ValueFrom: field("metadata.namespace")}}, want: []string{"PATH=/bin", "X=county-371621"}},
		{reason: "a limit in the unit of its divisor", env: []corev1.EnvVar{{Name: "X", ValueFrom: from(corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory", Divisor: resource.MustParse("1Mi")}})}}, want: []string{"PATH=/bin", "X=64"}},
		{reason: "a limit that is not set is the node's", env: []corev1.EnvVar{{Name: "X", ValueFrom: from(corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}})}}, want: []string{"PATH=/bin", "X=64"}},
		{reason: "a source nobody knows is an error, not an empty value", env: []corev1.EnvVar{{Name: "X", ValueFrom: from(corev1.EnvVarSource{})}}, err: "variable X: its valueFrom is of a kind"},
	}
	node := corev1.ResourceList{"cpu": resource.MustParse("64"), "memory": resource.MustParse("256Gi")}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			base := newVariables()
			base.set("PATH", "/bin")
			container := testPod().Spec.Containers[0]
			container.EnvFrom, container.Env = c.envFrom, c.env
			got, err := environment(base, data, node, testPod(), &container)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil || !slices.Equal(got.list(), c.want) {
				t.Errorf("got %v, %v; want %v", got.list(), err, c.want)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	here := func(path string) bool { return path == "/bin/true" }
	cases := []struct {
		reason      string
		entry, args []string
		path        string
		argv        []string
	}{
		{"the image's binary is the entry point", nil, []string{"api"}, "/b/tiaojie", []string{"/b/tiaojie", "api"}},
		{"a command that does not exist here is the binary's name inside the image", []string{"/tiaojie", "api"}, []string{"-v"}, "/b/tiaojie", []string{"/b/tiaojie", "api", "-v"}},
		{"so is a bare name", []string{"tiaojie"}, nil, "/b/tiaojie", []string{"/b/tiaojie"}},
		{"a command with an absolute path on this machine is that program", []string{"/bin/true", "x"}, []string{"y"}, "/bin/true", []string{"/bin/true", "x", "y"}},
	}
	for _, c := range cases {
		path, argv := arguments("/b/tiaojie", c.entry, c.args, here)
		if path != c.path || !slices.Equal(argv, c.argv) {
			t.Errorf("%s: got %s %v, want %s %v", c.reason, path, argv, c.path, c.argv)
		}
	}
}

func TestArgumentsAreExpanded(t *testing.T) {
	v := newVariables()
	v.set("IP", "127.20.1.1")
	got := expandAll([]string{"--listen=$(IP):8080", "$(NONE)", "$IP", "$$(IP)"}, expansion.MappingFuncFor(maps.Clone(v.values)))
	if want := []string{"--listen=127.20.1.1:8080", "$(NONE)", "$IP", "$(IP)"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnsupported(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	token := corev1.Volume{Name: "kube-api-access", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}}}}}}
	cases := []struct {
		reason string
		spec   corev1.PodSpec
		want   string
	}{
		{"nothing special", corev1.PodSpec{}, ""},
		{"the mounted service-account token is given as files and KUBECONFIG", corev1.PodSpec{Volumes: []corev1.Volume{token}}, ""},
		{"any other volume is named", corev1.PodSpec{Volumes: []corev1.Volume{token, {Name: "data"}}}, `volume "data"`},
		{"a sidecar is named", corev1.PodSpec{InitContainers: []corev1.Container{{Name: "mesh", RestartPolicy: &always}}}, `init container "mesh"`},
	}
	for _, c := range cases {
		err := unsupported(&c.spec)
		if (c.want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.reason, err, c.want)
		}
	}
}
