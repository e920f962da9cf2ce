package controllers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// The kinds' own rules, as kube-apiserver holds them, say what to do.
func TestAdmission_rulesOfTheKinds(t *testing.T) {
	w := newWorld(t)
	namespace := v1alpha1.NamespaceOf(w.county)
	w.create(&corev1.Namespace{ObjectMeta: objectMeta("", namespace)})
	town := func(name string, edit func(*v1alpha1.TownshipSpec)) client.Object {
		object := &v1alpha1.Township{ObjectMeta: objectMeta(namespace, name), Spec: v1alpha1.TownshipSpec{DisplayName: "镇", Kind: v1alpha1.KindTown}}
		if edit != nil {
			edit(&object.Spec)
		}
		return object
	}
	county := func(name string, edit func(*v1alpha1.CountySpec)) client.Object {
		object := &v1alpha1.County{ObjectMeta: objectMeta("", name), Spec: v1alpha1.CountySpec{DisplayName: "县", ServerRef: v1alpha1.ServerReference{Name: "default"}}}
		if edit != nil {
			edit(&object.Spec)
		}
		return object
	}
	server := func(edit func(*v1alpha1.PostgresServerSpec)) client.Object {
		object := &v1alpha1.PostgresServer{ObjectMeta: objectMeta("", "rules"), Spec: v1alpha1.PostgresServerSpec{Host: "db", AdminSecretRef: v1alpha1.SecretReference{Name: "a"}}}
		edit(&object.Spec)
		return object
	}
	term := func(from, to string) []v1alpha1.Subject {
		return []v1alpha1.Subject{{Issuer: "https://issuer.example", Subject: "zhang", ValidFrom: from, ValidTo: to}}
	}
	for name, c := range map[string]struct {
		object client.Object
		words  string // "" means admitted
		reason string
	}{
		"a plain township":             {town(w.county+"101", nil), "", "nothing is wrong"},
		"an administrator with a term": {county(w.county, func(s *v1alpha1.CountySpec) { s.Administrators.Subjects = term("2026-01-01", "2026-01-01") }), "", "one day is a term"},
		"a term from its end": {county(w.county, func(s *v1alpha1.CountySpec) { s.Administrators.Subjects = term("2026-01-02", "2026-01-01") }),
			"validFrom must not be after validTo", "it would never begin"},
		"half a term":               {county(w.county, func(s *v1alpha1.CountySpec) { s.Administrators.Subjects = term("2026-01-02", "") }), "", "the end is open"},
		"a day that is not":         {county(w.county, func(s *v1alpha1.CountySpec) { s.Administrators.Subjects = term("2026-02-30", "") }), "validFrom", "February has 28 days"},
		"eight digits":              {town("37162110", nil), "nine-digit division code", "the code has nine"},
		"a name":                    {town("shimiao", nil), "nine-digit division code", "the name is the code"},
		"leading zero":              {town("071621101", nil), "nine-digit division code", "no province begins with 0"},
		"desk with a town's code":   {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.Kind = v1alpha1.KindDesk }), "belong together", "the desk ends in 000"},
		"town with the desk's code": {town(w.county+"000", nil), "belong together", "000 is the desk"},
		"unknown kind":              {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.Kind = "Village" }), "Unsupported value", "the kinds are closed"},
		"no display name":           {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.DisplayName = "" }), "displayName", "people need a name"},
		"64 characters of a name":   {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.DisplayName = strings.Repeat("镇", 64) }), "", "characters count, not bytes"},
		"65 characters of a name":   {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.DisplayName = strings.Repeat("镇", 65) }), "displayName", "64 is the limit"},
		"21 replicas":               {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.API.Replicas = ptr.To[int32](21) }), "20", "20 is the limit"},
		"one connection":            {town(w.county+"101", func(s *v1alpha1.TownshipSpec) { s.Quotas.Connections = ptr.To[int32](1) }), "connections", "an instance needs two"},
		"as many replicas as connections": {town(w.county+"101", func(s *v1alpha1.TownshipSpec) {
			s.API.Replicas, s.Quotas.Connections = ptr.To[int32](10), ptr.To[int32](10)
		}), "raise quotas.connections first", "a rollout needs one more"},
		"amount that is no quantity": {town(w.county+"101", func(s *v1alpha1.TownshipSpec) {
			s.API.Resources = &v1alpha1.Resources{Limits: v1alpha1.ResourceAmounts{CPU: "much"}}
		}), "cpu", "amounts are quantities"},
		"county of five digits":       {county("37162", nil), "six-digit division code", "the code has six"},
		"exception of another county": {county(w.county, func(s *v1alpha1.CountySpec) { s.Townships.Except = []string{"110101001"} }), "another county", "exceptions are of this county"},
		"county without server":       {county(w.county, func(s *v1alpha1.CountySpec) { s.ServerRef.Name = "" }), "serverRef", "it must live somewhere"},
		"unknown ssl mode":            {server(func(s *v1alpha1.PostgresServerSpec) { s.SSLMode = "maybe" }), "sslMode", "libpq's words only"},
		"host with a space":           {server(func(s *v1alpha1.PostgresServerSpec) { s.Host = "a b" }), "host", "a host is a name or an address"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.cluster.Create(w.ctx, c.object, client.DryRunAll)
			switch {
			case c.words == "" && err != nil:
				t.Errorf("refused (%v), but %s", err, c.reason)
			case c.words != "" && err == nil:
				t.Errorf("admitted, but %s", c.reason)
			case c.words != "" && !strings.Contains(err.Error(), c.words):
				t.Errorf("%v does not hold %q", err, c.words)
			}
		})
	}

	t.Run("defaults", func(t *testing.T) {
		object := town(w.county+"101", nil).(*v1alpha1.Township)
		w.create(object)
		spec := w.getTown(object.Name).Spec
		if spec.API.Mode != v1alpha1.ModeDedicated || *spec.API.Replicas != 1 || *spec.Quotas.OpenCases != 5000 ||
			*spec.Quotas.Connections != 10 || spec.ReclaimPolicy != v1alpha1.ReclaimRetain {
			t.Errorf("defaults = %+v", spec)
		}
	})
	t.Run("serverRef stays", func(t *testing.T) {
		w.declareCounty()
		got := w.getCounty()
		got.Spec.ServerRef.Name = "another"
		if err := w.cluster.Update(w.ctx, got); err == nil || !strings.Contains(err.Error(), "serverRef cannot be changed") {
			t.Errorf("changing serverRef gives %v", err)
		}
	})
}

// What the chart's admission policy refuses, and with which words.
func TestAdmission_policyOfTheChart(t *testing.T) {
	w := newWorld(t)
	w.installPolicy()
	namespace := v1alpha1.NamespaceOf(w.county)
	w.create(&corev1.Namespace{ObjectMeta: objectMeta("", namespace)})
	admin := w.cluster
	operator := w.as("system:serviceaccount:" + w.namespace + ":tiaojie-operator")
	declare := func(namespace, name string, kind v1alpha1.TownshipKind) *v1alpha1.Township {
		return &v1alpha1.Township{ObjectMeta: objectMeta(namespace, name), Spec: v1alpha1.TownshipSpec{DisplayName: "镇", Kind: kind}}
	}
	// A policy is in force a moment after it is stored.
	eventually(t, 10*time.Second, "the policy is in force", func() bool {
		return admin.Create(w.ctx, declare(w.namespace, w.county+"101", v1alpha1.KindTown), client.DryRunAll) != nil
	})
	for name, c := range map[string]struct {
		who    client.Client
		object *v1alpha1.Township
		words  string
	}{
		"in its county's namespace":   {admin, declare(namespace, w.county+"101", v1alpha1.KindTown), ""},
		"in a namespace of no county": {admin, declare(w.namespace, w.county+"101", v1alpha1.KindTown), "put " + w.county + "101 into county-" + w.county},
		"in another county's":         {admin, declare(namespace, "110101001", v1alpha1.KindStreet), "begins with its county's"},
		"the desk by a person":        {admin, declare(namespace, w.county+"000", v1alpha1.KindDesk), "declared by the operator"},
		"the desk by the operator":    {operator, declare(namespace, w.county+"000", v1alpha1.KindDesk), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.who.Create(w.ctx, c.object, client.DryRunAll)
			if (err == nil) != (c.words == "") || (err != nil && !strings.Contains(err.Error(), c.words)) {
				t.Errorf("gives %v, want %q", err, c.words)
			}
		})
	}
}

// as is a client that acts as a service account with every right.
func (w *world) as(user string) client.Client {
	w.t.Helper()
	impersonating := rest.CopyConfig(apiserver)
	impersonating.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:masters"}}
	made, err := client.New(impersonating, client.Options{Scheme: w.cluster.Scheme()})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// installPolicy installs the chart's policy for this world's namespaces alone: other tests of this room run beside it.
func (w *world) installPolicy() {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "charts", "tiaojie", "templates", "admission.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(strings.ReplaceAll(string(raw), "{{ .Release.Namespace }}", w.namespace)) {
		if !strings.Contains(line, "{{") && !strings.HasPrefix(line, "  labels:") {
			kept = append(kept, line)
		}
	}
	ours := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: corev1.LabelMetadataName,
		Operator: metav1.LabelSelectorOpIn, Values: []string{w.namespace, v1alpha1.NamespaceOf(w.county)}}}}
	for _, document := range strings.Split(strings.Join(kept, ""), "\n---\n") {
		var object client.Object
		if strings.Contains(document, "kind: ValidatingAdmissionPolicyBinding") {
			binding := &admissionv1.ValidatingAdmissionPolicyBinding{}
			w.decode(document, binding)
			binding.Name, binding.Spec.PolicyName = binding.Name+w.county, binding.Spec.PolicyName+w.county
			binding.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: ours}
			object = binding
		} else {
			policy := &admissionv1.ValidatingAdmissionPolicy{}
			w.decode(document, policy)
			policy.Name += w.county
			object = policy
		}
		if err := w.cluster.Create(w.ctx, object); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) decode(document string, into any) {
	w.t.Helper()
	if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
		w.t.Fatalf("%v in\n%s", err, document)
	}
}
