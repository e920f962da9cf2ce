package controllers

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const chart = "../charts/tiaojie"

// helm runs the helm that comes with the embedded control plane.
func helm(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	binary, err := filepath.EvalSymlinks(filepath.Join(assets, "kube-apiserver"))
	if err != nil {
		t.Fatalf("no helm to test with (%v): run  make assets", err)
	}
	command := exec.CommandContext(t.Context(), binary, append([]string{"helm"}, arguments...)...)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return problems.String(), err
	}
	return out.String(), nil
}

// least is what an installer must say.
var least = []string{"--set", "directory.host=db.example", "--set", "identity.issuer=https://issuer.example"}

// rendered are the chart's objects for a release in a namespace.
func rendered(t *testing.T, namespace string, arguments ...string) (objects []*unstructured.Unstructured) {
	t.Helper()
	text, err := helm(t, append(slices.Concat([]string{"template", "tiaojie", chart, "-n", namespace}, least), arguments...)...)
	if err != nil {
		t.Fatalf("helm template: %s", text)
	}
	for _, document := range strings.Split(text, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(object.Object) > 0 && object.GetKind() != "" {
			objects = append(objects, object)
		}
	}
	return objects
}

// installChart gives the operator of this world the rights that the chart gives.
func (w *world) installChart() {
	w.t.Helper()
	for _, object := range rendered(w.t, w.namespace) {
		switch object.GetKind() {
		case "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount":
			if err := w.cluster.Create(w.ctx, object); err != nil {
				w.t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
			}
			if object.GetNamespace() == "" {
				w.t.Cleanup(func() { _ = w.cluster.Delete(w.ctx, object) })
			}
		}
	}
}

// asServiceAccount is the configuration of the operator's own service account.
func (w *world) asServiceAccount() *rest.Config {
	config := rest.CopyConfig(apiserver)
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + w.namespace + ":tiaojie-operator",
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + w.namespace, "system:authenticated"}}
	return config
}

// kube-apiserver accepts every object of the chart, in each of its forms.
func TestChart_isAcceptedByTheCluster(t *testing.T) {
	for name, arguments := range map[string][]string{
		"as it comes": nil,
		"larger": {"--set", "operator.replicas=2,api.replicas=3,route.host=tiaojie.example,route.tlsSecretName=tls,route.className=nginx",
			"--set", "image.pullSecrets={registry}", "--set-string", "route.annotations.a/b=1"},
		"without route and policies": {"--set", "route.kind=None,networkPolicy.enabled=false"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, object := range rendered(t, w.namespace, arguments...) {
				object.SetName(strings.Replace(object.GetName(), "tiaojie-", "chart-", 1)) // not those that others made
				if object.GetKind() == "CustomResourceDefinition" || object.GetKind() == "RoleBinding" || object.GetKind() == "ClusterRoleBinding" {
					continue // installed by the suite; bindings must name what exists
				}
				if err := w.cluster.Create(w.ctx, object, client.DryRunAll, client.FieldValidation("Strict")); err != nil {
					t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
				}
			}
		})
	}
}

func TestChart_rights(t *testing.T) {
	for _, object := range rendered(t, "tiaojie-system") {
		var rules []rbacv1.PolicyRule
		switch object.GetKind() {
		case "ClusterRole", "Role":
			role := &rbacv1.ClusterRole{}
			convert(t, object, role)
			rules = role.Rules
		}
		for _, rule := range rules {
			for _, list := range [][]string{rule.Verbs, rule.Resources, rule.APIGroups} {
				if slices.Contains(list, "*") {
					t.Errorf("%s %s holds a wildcard: %v", object.GetKind(), object.GetName(), rule)
				}
			}
			if slices.Contains(rule.Resources, "secrets") && (object.GetName() == "tiaojie-operator" && object.GetKind() == "ClusterRole" ||
				slices.Contains(rule.Verbs, "list") || object.GetName() == "tiaojie-county-administrator") {
				t.Errorf("%s %s reaches too many Secrets: %v", object.GetKind(), object.GetName(), rule)
			}
			if slices.Contains(rule.Verbs, "escalate") || slices.Contains(rule.Verbs, "impersonate") ||
				(slices.Contains(rule.Verbs, "bind") && len(rule.ResourceNames) == 0) {
				t.Errorf("%s %s can give itself anything: %v", object.GetKind(), object.GetName(), rule)
			}
		}
	}
}

func TestChart_pods(t *testing.T) {
	seen := 0
	for _, object := range rendered(t, "tiaojie-system") {
		if object.GetKind() != "Deployment" {
			continue
		}
		seen++
		deployment := &appsv1.Deployment{}
		convert(t, object, deployment)
		restricted(t, deployment.Spec.Template.Spec)
		if deployment.Labels["app.kubernetes.io/part-of"] != "tiaojie" {
			t.Errorf("%s lacks the label by which the operator's cache finds it", deployment.Name)
		}
	}
	if seen != 3 {
		t.Errorf("%d Deployments, want operator, shared API and worker", seen)
	}
}

// restricted checks what the pod security standard of that name asks for, and more.
func restricted(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	security := pod.SecurityContext
	if security == nil || security.RunAsNonRoot == nil || !*security.RunAsNonRoot || security.SeccompProfile == nil {
		t.Errorf("the pod may run as root or without a seccomp profile: %+v", security)
	}
	for _, container := range pod.Containers {
		own := container.SecurityContext
		if own == nil || own.ReadOnlyRootFilesystem == nil || !*own.ReadOnlyRootFilesystem || own.AllowPrivilegeEscalation == nil ||
			*own.AllowPrivilegeEscalation || own.Capabilities == nil || !slices.Contains(own.Capabilities.Drop, "ALL") {
			t.Errorf("container %s may too much: %+v", container.Name, own)
		}
		if container.Resources.Requests.Cpu().IsZero() || container.Resources.Requests.Memory().IsZero() || container.Resources.Limits.Memory().IsZero() {
			t.Errorf("container %s has no resources: %+v", container.Name, container.Resources)
		}
	}
}

func TestChart_valuesAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		arguments []string
		words     string
	}{
		"nothing said":        {nil, "issuer"},
		"a value misspelt":    {append(slices.Clone(least), "--set", "directory.hots=x"), "hots"},
		"unknown route kind":  {append(slices.Clone(least), "--set", "route.kind=Route"), "kind"},
		"replicas as a word":  {append(slices.Clone(least), "--set-string", "api.replicas=many"), "replicas"},
		"unknown ssl mode":    {append(slices.Clone(least), "--set", "directory.sslMode=off"), "sslMode"},
		"issuer without aud":  {append(slices.Clone(least), "--set", "identity.issuers[0].issuer=https://p.example"), "audience"},
		"a weak algorithm":    {append(slices.Clone(least), "--set", "identity.issuers[0].issuer=https://p.example,identity.issuers[0].audience=a,identity.issuers[0].algorithms={HS256}"), "algorithms"},
		"unknown cipher":      {append(slices.Clone(least), "--set", "sealing.cipher=DES"), "cipher"},
		"unknown index hash":  {append(slices.Clone(least), "--set", "sealing.indexHash=MD5"), "indexHash"},
		"a bucket misspelt":   {append(slices.Clone(least), "--set", "attachments.s3.buckets=x"), "buckets"},
		"port beyond the end": {append(slices.Clone(least), "--set", "directory.port=70000"), "port"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := helm(t, append([]string{"template", "tiaojie", chart}, c.arguments...)...)
			if err == nil || !strings.Contains(text, c.words) {
				t.Errorf("gives %v, %q, want a refusal that names %q", err, text, c.words)
			}
		})
	}
}

// TestChart_identity: what the values say of tokens reaches the shared API and the operator, which passes it on.
func TestChart_identity(t *testing.T) {
	want := map[string]string{
		"TIAOJIE_ISSUERS":             `[{"audience":"court","issuer":"https://p.example","services":true}]`,
		"TIAOJIE_SECOND_FACTOR_ACR":   "gold,silver",
		"TIAOJIE_SECOND_FACTOR_AMR":   "mfa",
		"TIAOJIE_SECOND_FACTOR_ROLES": "none",
	}
	told := 0
	for _, object := range rendered(t, "tiaojie-system", "--set", "identity.issuers[0].issuer=https://p.example,identity.issuers[0].audience=court,identity.issuers[0].services=true",
		"--set", "identity.secondFactor.acr={gold,silver}", "--set-json", "identity.secondFactor.roles=[]") {
		if object.GetKind() != "Deployment" || object.GetName() == "tiaojie-worker" {
			continue
		}
		deployment, found := &appsv1.Deployment{}, map[string]string{}
		convert(t, object, deployment)
		for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
			found[variable.Name] = variable.Value
		}
		for name, value := range want {
			if found[name] != value {
				t.Errorf("%s is told %s = %q, want %q", deployment.Name, name, found[name], value)
			}
			told++
		}
	}
	if told != 2*len(want) {
		t.Errorf("%d variables looked at", told)
	}
}

// TestChart_attachments: everybody who stores, reads or removes attachments is told of the same place, the keys of a bucket come
// from a Secret alone, and where there is no place nobody is told of one.
func TestChart_attachments(t *testing.T) {
	secret := func(key string) string { return "bucket-login/" + key }
	for name, c := range map[string]struct {
		values string
		want   map[string]string
	}{
		"nowhere":     {"attachments.s3.bucket=tiaojie", nil},
		"a directory": {"attachments.directory=/srv/attachments", map[string]string{"TIAOJIE_BLOB_DIRECTORY": "/srv/attachments"}},
		"a bucket": {"attachments.s3.endpoint=https://s3.example:9000,attachments.s3.region=cn-east,attachments.s3.bucket=cases,attachments.s3.secretName=bucket-login",
			map[string]string{"TIAOJIE_BLOB_S3_ENDPOINT": "https://s3.example:9000", "TIAOJIE_BLOB_S3_REGION": "cn-east", "TIAOJIE_BLOB_S3_BUCKET": "cases",
				"TIAOJIE_BLOB_S3_ACCESS_KEY": secret("access-key"), "TIAOJIE_BLOB_S3_SECRET_KEY": secret("secret-key")}},
	} {
		t.Run(name, func(t *testing.T) {
			told := 0
			for _, object := range rendered(t, "tiaojie-system", "--set", c.values) {
				if object.GetKind() != "Deployment" {
					continue
				}
				told++
				deployment, found := &appsv1.Deployment{}, map[string]string{}
				convert(t, object, deployment)
				for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
					if !strings.HasPrefix(variable.Name, "TIAOJIE_BLOB_") {
						continue
					}
					found[variable.Name] = variable.Value
					if from := variable.ValueFrom; from != nil {
						found[variable.Name] = from.SecretKeyRef.Name + "/" + from.SecretKeyRef.Key
					}
				}
				if !maps.Equal(found, c.want) {
					t.Errorf("%s is told %v, want %v", deployment.Name, found, c.want)
				}
			}
			if told != 3 {
				t.Errorf("%d Deployments, want operator, shared API and worker", told)
			}
		})
	}
}

// TestChart_sealing: what seals is told to all who seal, and the operator alone decides of new indexes.
func TestChart_sealing(t *testing.T) {
	for _, object := range rendered(t, "tiaojie-system", "--set", "sealing.cipher=SM4-GCM,sealing.indexHash=SM3") {
		if object.GetKind() != "Deployment" {
			continue
		}
		deployment, found := &appsv1.Deployment{}, map[string]string{}
		convert(t, object, deployment)
		for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
			found[variable.Name] = variable.Value
		}
		index := map[string]string{"tiaojie-operator": "SM3"}[deployment.Name]
		if found["TIAOJIE_CIPHER"] != "SM4-GCM" || found["TIAOJIE_INDEX_HASH"] != index {
			t.Errorf("%s: cipher %q, hash %q, want SM4-GCM and %q", deployment.Name, found["TIAOJIE_CIPHER"], found["TIAOJIE_INDEX_HASH"], index)
		}
	}
}

func TestChart_keepsItsKinds(t *testing.T) {
	kept := 0
	for _, object := range rendered(t, "tiaojie-system") {
		if object.GetKind() == "CustomResourceDefinition" {
			kept++
			if object.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
				t.Errorf("uninstalling deletes %s and everything declared with it", object.GetName())
			}
		}
	}
	if kept != 3 {
		t.Errorf("%d kinds, want 3", kept)
	}
}

func convert(t *testing.T, object *unstructured.Unstructured, into any) {
	t.Helper()
	raw, err := json.Marshal(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}
