package tenant

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

func town(change ...func(*Input)) Input {
	in := Input{
		Township: &v1alpha1.Township{Spec: v1alpha1.TownshipSpec{DisplayName: "石庙镇", Kind: v1alpha1.KindTown}},
		County:   &v1alpha1.County{Spec: v1alpha1.CountySpec{DisplayName: "惠民县"}},
		Database: Database{Host: "db.example", Port: 5432, Name: "county_371621", SSLMode: "verify-full", CA: "PEM",
			User: "t371621101_a", LoginPassword: "secret-password", DataKeys: "1:c2VjcmV0LWtleQ==", CountyKey: "Y291bnR5LWtleQ=="},
		Values: Values{Image: "registry.example/tiaojie:1", Listen: ":8080", OperationsListen: ":8081", NetworkPolicy: true,
			API:   API{Issuer: "https://issuer.example", Audience: "tiaojie", PublicURL: "https://tiaojie.example"},
			Route: Route{Kind: RouteIngress, ClassName: "nginx", Host: "tiaojie.example"}},
	}
	in.Township.Name, in.Township.Namespace, in.Township.UID = "371621101", "county-371621", "uid-of-the-town"
	in.County.Name, in.County.UID = "371621", "uid-of-the-county"
	for _, f := range change {
		f(&in)
	}
	return in
}

// as reads an apply configuration as the object it describes.
func as[T any](t testing.TB, desired any) *T {
	t.Helper()
	raw, err := json.Marshal(desired)
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := json.Unmarshal(raw, object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestDeployment(t *testing.T) {
	deployment := as[appsv1.Deployment](t, Deployment(town()))
	spec, container := deployment.Spec.Template.Spec, deployment.Spec.Template.Spec.Containers[0]
	if deployment.Name != "t-371621101" || deployment.Namespace != "county-371621" || *deployment.Spec.Replicas != 1 {
		t.Errorf("deployment = %s/%s with %d replicas", deployment.Namespace, deployment.Name, *deployment.Spec.Replicas)
	}
	if len(deployment.OwnerReferences) != 1 || deployment.OwnerReferences[0].UID != "uid-of-the-town" || !*deployment.OwnerReferences[0].Controller {
		t.Errorf("owner = %+v: without it the objects outlive the township", deployment.OwnerReferences)
	}
	if container.Image != "registry.example/tiaojie:1" || !slices.Equal(container.Args, []string{"api"}) {
		t.Errorf("runs %s %v", container.Image, container.Args)
	}
	if !*spec.SecurityContext.RunAsNonRoot || *spec.SecurityContext.RunAsUser != User || spec.SecurityContext.SeccompProfile.Type != "RuntimeDefault" ||
		!*container.SecurityContext.ReadOnlyRootFilesystem || *container.SecurityContext.AllowPrivilegeEscalation ||
		!slices.Contains(container.SecurityContext.Capabilities.Drop, "ALL") {
		t.Errorf("the pod security standard \"restricted\" refuses it: %+v %+v", spec.SecurityContext, container.SecurityContext)
	}
	if *spec.AutomountServiceAccountToken || len(spec.Volumes) != 0 {
		t.Error("an instance takes its configuration from the environment alone and has no business with the cluster")
	}
	if got := container.Resources.Requests.Cpu().String() + " " + container.Resources.Limits.Memory().String(); got != "20m 128Mi" {
		t.Errorf("resources = %s", got)
	}
	if strategy := deployment.Spec.Strategy.RollingUpdate; strategy.MaxUnavailable.IntValue() != 0 || strategy.MaxSurge.IntValue() != 1 {
		t.Error("a rollout must start the new instance before it stops the old one")
	}
	for name, probe := range map[string]*corev1.Probe{"startup": container.StartupProbe, "readiness": container.ReadinessProbe, "liveness": container.LivenessProbe} {
		if probe == nil || probe.HTTPGet.Port.StrVal != "operations" {
			t.Errorf("%s probe = %+v", name, probe)
		}
	}
	for key, value := range deployment.Spec.Selector.MatchLabels {
		if deployment.Spec.Template.Labels[key] != value {
			t.Errorf("the selector's %s=%s finds no pod", key, value)
		}
	}
}

func TestDeployment_tellsNoSecret(t *testing.T) {
	in := town()
	raw, err := json.Marshal([]any{Deployment(in), Service(in), Ingress(in), NetworkPolicy(in), ServiceAccount(in)})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{in.Database.LoginPassword, in.Database.DataKeys, "c2VjcmV0LWtleQ", "Y291bnR5LWtleQ"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("an object other than the Secret holds %q", secret)
		}
	}
	if string(as[corev1.Secret](t, Secret(in)).Data[SecretPassword]) != in.Database.LoginPassword {
		t.Error("the Secret does not hold the password")
	}
}

func TestDeployment_rollsWhenTheSecretChanges(t *testing.T) {
	hash := func(in Input) string {
		return as[appsv1.Deployment](t, Deployment(in)).Spec.Template.Annotations[SecretHashAnnotation]
	}
	before := hash(town())
	if before != hash(town()) {
		t.Error("the same Secret rolls the instances")
	}
	for name, change := range map[string]func(*Input){
		"password":   func(in *Input) { in.Database.LoginPassword = "other" },
		"data keys":  func(in *Input) { in.Database.DataKeys += ",2:AAAA" },
		"county key": func(in *Input) { in.Database.CountyKey = "AAAA" },
		"login":      func(in *Input) { in.Database.User = "t371621101_b" },
	} {
		if hash(town(change)) == before {
			t.Errorf("another %s does not roll the instances", name)
		}
	}
}

func TestDeployment_followsTheDeclaration(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Input)
		holds  func(*appsv1.Deployment) bool
	}{
		"replicas": {func(in *Input) { in.Township.Spec.API.Replicas = ptr.To[int32](3) },
			func(d *appsv1.Deployment) bool { return *d.Spec.Replicas == 3 }},
		"suspended": {func(in *Input) { in.Suspended = true },
			func(d *appsv1.Deployment) bool { return *d.Spec.Replicas == 0 }},
		"node selector of the county": {func(in *Input) { in.County.Spec.Pods.NodeSelector = map[string]string{"zone": "a"} },
			func(d *appsv1.Deployment) bool { return d.Spec.Template.Spec.NodeSelector["zone"] == "a" }},
		"pull secrets of the county": {func(in *Input) { in.County.Spec.Pods.ImagePullSecrets = []string{"registry"} },
			func(d *appsv1.Deployment) bool { return d.Spec.Template.Spec.ImagePullSecrets[0].Name == "registry" }},
		"pull policy": {func(in *Input) { in.Values.ImagePullPolicy = "Never" },
			func(d *appsv1.Deployment) bool { return d.Spec.Template.Spec.Containers[0].ImagePullPolicy == "Never" }},
		"resources": {func(in *Input) {
			in.Township.Spec.API.Resources = &v1alpha1.Resources{Limits: v1alpha1.ResourceAmounts{Memory: "1Gi"}}
		}, func(d *appsv1.Deployment) bool {
			r := d.Spec.Template.Spec.Containers[0].Resources
			return r.Limits.Memory().String() == "1Gi" && r.Limits.Cpu().String() == "500m" && r.Requests.Memory().String() == "48Mi"
		}},
		"ports of the listen addresses": {func(in *Input) { in.Values.Listen, in.Values.OperationsListen = "$(POD_IP):9000", "0.0.0.0:9001" },
			func(d *appsv1.Deployment) bool {
				ports := d.Spec.Template.Spec.Containers[0].Ports
				return ports[0].ContainerPort == 9000 && ports[1].ContainerPort == 9001
			}},
	} {
		t.Run(name, func(t *testing.T) {
			if deployment := as[appsv1.Deployment](t, Deployment(town(c.change))); !c.holds(deployment) {
				t.Errorf("not in %+v", deployment.Spec)
			}
		})
	}
}

func env(in Input) map[string]string {
	found := map[string]string{}
	for _, variable := range in.env() {
		switch {
		case variable.Value != nil:
			found[*variable.Name] = *variable.Value
		case variable.ValueFrom.SecretKeyRef != nil:
			found[*variable.Name] = "secret " + *variable.ValueFrom.SecretKeyRef.Name + "/" + *variable.ValueFrom.SecretKeyRef.Key
		default:
			found[*variable.Name] = "field " + *variable.ValueFrom.FieldRef.FieldPath
		}
	}
	return found
}

func TestEnv(t *testing.T) {
	want := map[string]string{
		"TIAOJIE_TENANT": "371621101", "TIAOJIE_LISTEN": ":8080", "TIAOJIE_OPERATIONS_LISTEN": ":8081",
		"TIAOJIE_DATABASE_HOST": "db.example", "TIAOJIE_DATABASE_PORT": "5432", "TIAOJIE_DATABASE_NAME": "county_371621",
		"TIAOJIE_DATABASE_CONNECTIONS": "3", "GOGC": "40", "TIAOJIE_DATABASE_SSLMODE": "verify-full", "TIAOJIE_DATABASE_CA": "PEM", "TIAOJIE_ISSUER": "https://issuer.example",
		"TIAOJIE_AUDIENCE": "tiaojie", "TIAOJIE_PUBLIC_URL": "https://tiaojie.example",
		"TIAOJIE_DATABASE_USER": "secret t-371621101/user", "TIAOJIE_DATABASE_PASSWORD": "secret t-371621101/password",
		"TIAOJIE_DATA_KEYS": "secret t-371621101/data-keys", "TIAOJIE_COUNTY_KEY": "secret t-371621101/county-key",
	}
	if got := env(town()); !maps.Equal(got, want) {
		t.Errorf("env = %v\nwant %v", got, want)
	}
}

func TestEnv_furtherIssuers(t *testing.T) {
	got := env(town(func(in *Input) {
		in.Values.API.Issuers, in.Values.API.SecondFactorACR = `[{"issuer":"https://p.example","audience":"a"}]`, "gold"
		in.Values.API.SecondFactorAMR, in.Values.API.SecondFactorRoles = "otp,hwk", "none"
	}))
	for name, want := range map[string]string{"TIAOJIE_ISSUERS": `[{"issuer":"https://p.example","audience":"a"}]`,
		"TIAOJIE_SECOND_FACTOR_ACR": "gold", "TIAOJIE_SECOND_FACTOR_AMR": "otp,hwk", "TIAOJIE_SECOND_FACTOR_ROLES": "none"} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
}

func TestEnv_podAddressComesFirst(t *testing.T) {
	in := town(func(in *Input) { in.Values.Listen = "$(POD_IP):8080" })
	if first := in.env()[0]; *first.Name != "POD_IP" {
		t.Errorf("the first variable is %s: $(POD_IP) expands only what stands before it", *first.Name)
	}
}

func TestEnv_valuesAreNotExpanded(t *testing.T) {
	in := town(func(in *Input) { in.Values.API.JWKS = `{"x":"$(TIAOJIE_DATABASE_PASSWORD)"}` })
	if got := env(in)["TIAOJIE_JWKS"]; got != `{"x":"$$(TIAOJIE_DATABASE_PASSWORD)"}` {
		t.Errorf("TIAOJIE_JWKS = %s", got)
	}
}

func TestDisruptionBudget(t *testing.T) {
	for replicas, want := range map[int32]bool{0: false, 1: false, 2: true, 20: true} {
		in := town(func(in *Input) { in.Township.Spec.API.Replicas = &replicas })
		if got := DisruptionBudget(in) != nil; got != want {
			t.Errorf("%d replicas: budget = %v, want %v", replicas, got, want)
		}
	}
}

func TestNetworkPolicy(t *testing.T) {
	ports := func(in Input) string {
		var found []string
		for _, rule := range as[networkingv1.NetworkPolicy](t, NetworkPolicy(in)).Spec.Egress {
			for _, port := range rule.Ports {
				found = append(found, fmt.Sprint(*port.Protocol, port.Port.IntValue()))
			}
		}
		return strings.Join(found, " ")
	}
	for name, c := range map[string]struct {
		change func(*Input)
		want   string
	}{
		"issuer by https":        {func(*Input) {}, "UDP53 TCP53 TCP5432 TCP443"},
		"issuer at another port": {func(in *Input) { in.Values.API.Issuer = "https://issuer.example:8443" }, "UDP53 TCP53 TCP5432 TCP8443"},
		"issuer by http":         {func(in *Input) { in.Values.API.Issuer = "http://issuer.example" }, "UDP53 TCP53 TCP5432 TCP80"},
		"keys given":             {func(in *Input) { in.Values.API.JWKS = "{}" }, "UDP53 TCP53 TCP5432"},
		"partner elsewhere": {func(in *Input) {
			in.Values.API.Issuers = `[{"issuer":"https://p.example:9443"},{"issuer":"https://q.example"}]`
		}, "UDP53 TCP53 TCP5432 TCP443 TCP9443"},
		"partner's keys given":             {func(in *Input) { in.Values.API.Issuers = `[{"issuer":"https://p.example:9443","jwks":{"keys":[]}}]` }, "UDP53 TCP53 TCP5432 TCP443"},
		"a store of attachments elsewhere": {func(in *Input) { in.Values.Blobs.Endpoint = "https://s3.example:9000" }, "UDP53 TCP53 TCP5432 TCP443 TCP9000"},
		"a store at the issuer's port":     {func(in *Input) { in.Values.Blobs.Endpoint = "https://s3.example" }, "UDP53 TCP53 TCP5432 TCP443"},
		"a store, and keys given": {func(in *Input) {
			in.Values.API.JWKS, in.Values.Blobs.Endpoint = "{}", "http://s3.example"
		}, "UDP53 TCP53 TCP5432 TCP80"},
		"database elsewhere": {func(in *Input) { in.Database.Port = 6432 }, "UDP53 TCP53 TCP6432 TCP443"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ports(town(c.change)); got != c.want {
				t.Errorf("egress = %s, want %s", got, c.want)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	in := town(func(in *Input) {
		in.Values.Route.TLSSecret, in.Values.Route.Annotations = "certificate", map[string]string{"a/b": "c"}
		in.Values.Route.GatewayName, in.Values.Route.GatewayNamespace = "public", "gateways"
	})
	ingress := as[networkingv1.Ingress](t, Ingress(in))
	path := ingress.Spec.Rules[0].HTTP.Paths[0]
	if ingress.Spec.Rules[0].Host != "tiaojie.example" || path.Path != "/v1/tenants/371621101" || *path.PathType != "Prefix" ||
		path.Backend.Service.Name != "t-371621101" || *ingress.Spec.IngressClassName != "nginx" ||
		ingress.Spec.TLS[0].SecretName != "certificate" || ingress.Annotations["a/b"] != "c" {
		t.Errorf("ingress = %+v", ingress.Spec)
	}
	raw, err := json.Marshal(HTTPRoute(in).Object)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"value":"/v1/tenants/371621101"`, `"hostnames":["tiaojie.example"]`, `"name":"public","namespace":"gateways"`,
		`"backendRefs":[{"name":"t-371621101","port":80}]`, `"uid":"uid-of-the-town"`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("the HTTPRoute lacks %s: %s", part, raw)
		}
	}
	anywhere := as[networkingv1.Ingress](t, Ingress(town(func(in *Input) { in.Values.Route = Route{Kind: RouteIngress} })))
	if anywhere.Spec.Rules[0].Host != "" || anywhere.Spec.IngressClassName != nil || len(anywhere.Spec.TLS) != 0 {
		t.Errorf("without values the ingress says %+v", anywhere.Spec)
	}
}

func TestResourceQuota(t *testing.T) {
	county := town().County
	declare := func(mode v1alpha1.APIMode, replicas int32) v1alpha1.Township {
		return v1alpha1.Township{Spec: v1alpha1.TownshipSpec{API: v1alpha1.TownshipAPI{Mode: mode, Replicas: &replicas}}}
	}
	quota := as[corev1.ResourceQuota](t, ResourceQuota(county, []v1alpha1.Township{
		declare(v1alpha1.ModeDedicated, 2), declare(v1alpha1.ModeDedicated, 1), declare(v1alpha1.ModeShared, 5)}))
	for name, want := range map[corev1.ResourceName]string{
		"pods":                   "9", // 2+1 and 1+1 for a rollout, and four besides
		"requests.cpu":           "180m",
		"limits.memory":          "1152Mi",
		"persistentvolumeclaims": "0",
		"services.loadbalancers": "0",
	} {
		if got := quota.Spec.Hard[name]; got.String() != want {
			t.Errorf("%s = %s, want %s", name, got.String(), want)
		}
	}
}

func TestAdministratorBinding(t *testing.T) {
	county := town().County
	if AdministratorBinding(county) != nil {
		t.Error("a binding without subjects")
	}
	county.Spec.Administrators.Groups = []string{"县管理员"}
	if binding := AdministratorBinding(county); *binding.RoleRef.Name != AdministratorRole || *binding.Subjects[0].Name != "县管理员" {
		t.Errorf("binding = %+v", binding)
	}
}

// Whatever code a county or township has, every name and label of its objects is one that Kubernetes accepts, and no
// object of one township bears the name of another's.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[1-9][0-9]{8}`).Draw(t, "code")
		other := rapid.StringMatching(`[1-9][0-9]{8}`).Draw(t, "other")
		if problems := validation.IsDNS1035Label(ObjectName(code)); len(problems) > 0 {
			t.Fatalf("%s: %v", ObjectName(code), problems)
		}
		if problems := validation.IsDNS1123Label(v1alpha1.NamespaceOf(code[:6])); len(problems) > 0 {
			t.Fatalf("%s: %v", v1alpha1.NamespaceOf(code[:6]), problems)
		}
		for key, value := range Labels(code[:6], code) {
			if problems := slices.Concat(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)); len(problems) > 0 {
				t.Fatalf("%s=%s: %v", key, value, problems)
			}
		}
		if code != other && (ObjectName(code) == ObjectName(other) || maps.Equal(Selector(code), Selector(other))) {
			t.Fatalf("%s and %s share objects", code, other)
		}
	})
}

func TestPort(t *testing.T) {
	for listen, want := range map[string]int32{":8080": 8080, "$(POD_IP):9000": 9000, "[::]:80": 80, "": 1, "nonsense": 1, ":0": 1, ":70000": 1} {
		if got := port(listen, 1); got != want {
			t.Errorf("port(%q) = %d, want %d", listen, got, want)
		}
	}
}

// All instances and one more for a rollout keep to the quota of connections, whatever the numbers that admission lets in.
func TestEnv_connectionsKeepToTheQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		replicas := rapid.Int32Range(0, 20).Draw(t, "replicas")
		quota := rapid.Int32Range(max(2, replicas+1), 200).Draw(t, "quota")
		in := town(func(in *Input) {
			in.Township.Spec.API.Replicas, in.Township.Spec.Quotas.Connections = &replicas, &quota
		})
		each := in.connections()
		if each < 1 || each > 3 || int32(each)*(max(replicas, 1)+1) > quota {
			t.Fatalf("%d replicas with %d connections: %d each", replicas, quota, each)
		}
	})
}
