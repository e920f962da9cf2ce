package tenant

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	rbacv1ac "k8s.io/client-go/applyconfigurations/rbac/v1"

	"tiaojie.dev/tiaojie/api/v1alpha1"
)

// Names of the cluster roles that the chart installs and the operator binds in each county's namespace.
const (
	OperatorRole      = "tiaojie-operator-namespace"
	AdministratorRole = "tiaojie-county-administrator"
)

// Namespace holds a county's townships. Its pods must keep to the restricted pod security standard.
func Namespace(county *v1alpha1.County) *corev1ac.NamespaceApplyConfiguration {
	labels := countyLabels(county.Name)
	for _, mode := range []string{"enforce", "warn", "audit"} {
		labels["pod-security.kubernetes.io/"+mode] = "restricted"
	}
	return corev1ac.Namespace(v1alpha1.NamespaceOf(county.Name)).WithLabels(labels)
}

// OperatorBinding gives the operator its rights in the county's namespace, and only there.
func OperatorBinding(county *v1alpha1.County, namespace, account string) *rbacv1ac.RoleBindingApplyConfiguration {
	return binding(county, "tiaojie-operator", OperatorRole).WithSubjects(rbacv1ac.Subject().
		WithKind(rbacv1.ServiceAccountKind).WithNamespace(namespace).WithName(account))
}

// AdministratorBindingName is the name of the administrators' RoleBinding.
const AdministratorBindingName = "tiaojie-county-administrators"

// AdministratorBinding lets the county's administrators write its townships; nil when there are none.
func AdministratorBinding(county *v1alpha1.County) *rbacv1ac.RoleBindingApplyConfiguration {
	groups := county.Spec.Administrators.Groups
	if len(groups) == 0 {
		return nil
	}
	result := binding(county, AdministratorBindingName, AdministratorRole)
	for _, group := range groups {
		result.WithSubjects(rbacv1ac.Subject().WithKind(rbacv1.GroupKind).WithAPIGroup(rbacv1.GroupName).WithName(group))
	}
	return result
}

func binding(county *v1alpha1.County, name, role string) *rbacv1ac.RoleBindingApplyConfiguration {
	return rbacv1ac.RoleBinding(name, v1alpha1.NamespaceOf(county.Name)).
		WithLabels(countyLabels(county.Name)).
		WithOwnerReferences(ownerReference("County", county.Name, county)).
		WithRoleRef(rbacv1ac.RoleRef().WithAPIGroup(rbacv1.GroupName).WithKind("ClusterRole").WithName(role))
}

// Slack of a county's quota beyond what its townships declare: a town is declared before the quota has grown.
const (
	slackPods = 4
	surge     = 1
)

// ResourceQuota holds the county's pods to what its townships declare, each with one instance more for a rollout, and
// to four pods of default size besides. Nothing of a county needs volumes, node ports or load balancers.
func ResourceQuota(county *v1alpha1.County, towns []v1alpha1.Township) *corev1ac.ResourceQuotaApplyConfiguration {
	total := corev1.ResourceList{}
	add := func(town *v1alpha1.Township, pods int64) {
		requests, limits := town.Amounts()
		requested, limited := quantities(requests), quantities(limits)
		sum(total, corev1.ResourcePods, *resource.NewQuantity(1, resource.DecimalSI), pods)
		sum(total, corev1.ResourceRequestsCPU, requested[corev1.ResourceCPU], pods)
		sum(total, corev1.ResourceRequestsMemory, requested[corev1.ResourceMemory], pods)
		sum(total, corev1.ResourceLimitsCPU, limited[corev1.ResourceCPU], pods)
		sum(total, corev1.ResourceLimitsMemory, limited[corev1.ResourceMemory], pods)
	}
	for i := range towns {
		if towns[i].Dedicated() {
			add(&towns[i], int64(towns[i].Replicas())+surge)
		}
	}
	add(&v1alpha1.Township{}, slackPods)
	for name, quantity := range total {
		total[name] = canonical(quantity)
	}
	for _, name := range []corev1.ResourceName{"persistentvolumeclaims", "services.nodeports", "services.loadbalancers"} {
		total[name] = resource.MustParse("0")
	}
	return corev1ac.ResourceQuota("tiaojie", v1alpha1.NamespaceOf(county.Name)).
		WithLabels(countyLabels(county.Name)).
		WithOwnerReferences(ownerReference("County", county.Name, county)).
		WithSpec(corev1ac.ResourceQuotaSpec().WithHard(total))
}

func sum(total corev1.ResourceList, name corev1.ResourceName, amount resource.Quantity, times int64) {
	amount.Mul(times)
	current := total[name]
	current.Add(amount)
	total[name] = current
}

// LimitRange gives containers that say nothing the defaults of an instance, so that the quota can count them.
func LimitRange(county *v1alpha1.County) *corev1ac.LimitRangeApplyConfiguration {
	requests, limits := (&v1alpha1.Township{}).Amounts()
	return corev1ac.LimitRange("tiaojie", v1alpha1.NamespaceOf(county.Name)).
		WithLabels(countyLabels(county.Name)).
		WithOwnerReferences(ownerReference("County", county.Name, county)).
		WithSpec(corev1ac.LimitRangeSpec().WithLimits(corev1ac.LimitRangeItem().
			WithType(corev1.LimitTypeContainer).
			WithDefault(quantities(limits)).WithDefaultRequest(quantities(requests))))
}
