package tenant

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	appsv1 "k8s.io/api/apps/v1"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"
)

// User is the uid and gid of every pod; the image needs no entry in /etc/passwd for it.
const User = 65532

const (
	httpPortName       = "http"
	operationsPortName = "operations"
)

// ServiceAccount is the identity of a township's pods; it has no rights and its token is not mounted.
func ServiceAccount(in Input) *corev1ac.ServiceAccountApplyConfiguration {
	account := corev1ac.ServiceAccount(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).WithAutomountServiceAccountToken(false)
	return account
}

// Deployment is the township's instances. A rollout starts the new instance before it stops the old one, so that the
// route never points at nothing.
func Deployment(in Input) *appsv1ac.DeploymentApplyConfiguration {
	strategy := appsv1ac.DeploymentStrategy().WithType(appsv1.RollingUpdateDeploymentStrategyType).
		WithRollingUpdate(appsv1ac.RollingUpdateDeployment().
			WithMaxSurge(intstr.FromInt32(1)).WithMaxUnavailable(intstr.FromInt32(0)))
	template := corev1ac.PodTemplateSpec().
		WithLabels(in.labels()).
		WithAnnotations(map[string]string{SecretHashAnnotation: SecretHash(in.SecretData())}).
		WithSpec(in.podSpec())
	return appsv1ac.Deployment(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).
		WithSpec(appsv1ac.DeploymentSpec().
			WithReplicas(in.Replicas()).
			WithRevisionHistoryLimit(2).
			WithProgressDeadlineSeconds(300).
			WithStrategy(strategy).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(Selector(in.code()))).
			WithTemplate(template))
}

func (in Input) podSpec() *corev1ac.PodSpecApplyConfiguration {
	spec := corev1ac.PodSpec().
		WithServiceAccountName(ObjectName(in.code())).
		WithAutomountServiceAccountToken(false).
		WithEnableServiceLinks(false).
		WithTerminationGracePeriodSeconds(30).
		WithSecurityContext(corev1ac.PodSecurityContext().
			WithRunAsNonRoot(true).WithRunAsUser(User).WithRunAsGroup(User).
			WithSeccompProfile(corev1ac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))).
		WithTopologySpreadConstraints(corev1ac.TopologySpreadConstraint().
			WithMaxSkew(1).WithTopologyKey(corev1.LabelHostname).WithWhenUnsatisfiable(corev1.ScheduleAnyway).
			WithLabelSelector(metav1ac.LabelSelector().WithMatchLabels(Selector(in.code())))).
		WithContainers(in.container())
	if in.County == nil {
		return spec
	}
	if len(in.County.Spec.Pods.NodeSelector) > 0 {
		spec.WithNodeSelector(in.County.Spec.Pods.NodeSelector)
	}
	for _, name := range in.County.Spec.Pods.ImagePullSecrets {
		spec.WithImagePullSecrets(corev1ac.LocalObjectReference().WithName(name))
	}
	return spec
}

func (in Input) container() *corev1ac.ContainerApplyConfiguration {
	requests, limits := in.Township.Amounts()
	container := corev1ac.Container().
		WithName("api").WithImage(in.Values.Image).WithArgs("api").
		WithEnv(in.env()...).
		WithPorts(
			corev1ac.ContainerPort().WithName(httpPortName).WithProtocol(corev1.ProtocolTCP).
				WithContainerPort(in.Values.httpPort()),
			corev1ac.ContainerPort().WithName(operationsPortName).WithProtocol(corev1.ProtocolTCP).
				WithContainerPort(in.Values.operationsPort())).
		WithResources(corev1ac.ResourceRequirements().
			WithRequests(quantities(requests)).WithLimits(quantities(limits))).
		WithSecurityContext(corev1ac.SecurityContext().
			WithAllowPrivilegeEscalation(false).WithReadOnlyRootFilesystem(true).
			WithCapabilities(corev1ac.Capabilities().WithDrop("ALL"))).
		WithStartupProbe(probe("/readyz").WithPeriodSeconds(1).WithFailureThreshold(60)).
		WithReadinessProbe(probe("/readyz").WithPeriodSeconds(5).WithFailureThreshold(2)).
		WithLivenessProbe(probe("/livez").WithPeriodSeconds(10).WithFailureThreshold(3))
	if in.Values.ImagePullPolicy != "" {
		container.WithImagePullPolicy(corev1.PullPolicy(in.Values.ImagePullPolicy))
	}
	return container
}

func probe(path string) *corev1ac.ProbeApplyConfiguration {
	return corev1ac.Probe().WithTimeoutSeconds(3).
		WithHTTPGet(corev1ac.HTTPGetAction().WithPath(path).WithPort(intstr.FromString(operationsPortName)))
}

// quantities reads amounts that the CRD's patterns have checked; a wrong one is left out rather than guessed.
func quantities(amounts map[corev1.ResourceName]string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for name, amount := range amounts {
		if quantity, err := resource.ParseQuantity(amount); err == nil {
			list[name] = canonical(quantity)
		}
	}
	return list
}

// canonical is the quantity as kube-apiserver writes it back, so that comparing needs no parser.
func canonical(quantity resource.Quantity) resource.Quantity {
	return resource.MustParse(quantity.String())
}

// Service is the stable address of the township's instances.
func Service(in Input) *corev1ac.ServiceApplyConfiguration {
	return corev1ac.Service(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).
		WithSpec(corev1ac.ServiceSpec().
			WithType(corev1.ServiceTypeClusterIP).
			WithSelector(Selector(in.code())).
			WithPorts(corev1ac.ServicePort().WithName(httpPortName).WithProtocol(corev1.ProtocolTCP).
				WithPort(80).WithTargetPort(intstr.FromString(httpPortName))))
}

// DisruptionBudget keeps one instance while nodes are drained; with a single instance it would block the drain, so
// there is none (nil).
func DisruptionBudget(in Input) *policyv1ac.PodDisruptionBudgetApplyConfiguration {
	if in.Replicas() < 2 {
		return nil
	}
	return policyv1ac.PodDisruptionBudget(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).
		WithSpec(policyv1ac.PodDisruptionBudgetSpec().
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(Selector(in.code()))))
}
