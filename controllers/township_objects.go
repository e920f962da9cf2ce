package controllers

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/tenant"
)

// whenDedicated applies an object of a township that has instances of its own.
func (o *Operator) whenDedicated(render func(tenant.Input) tenant.Object) func(context.Context, *townScope) error {
	return func(ctx context.Context, s *townScope) error {
		if !s.input.HasWorkload() {
			return nil
		}
		return o.applyTown(ctx, s, render(s.input))
	}
}

func (o *Operator) applyTown(ctx context.Context, s *townScope, object tenant.Object) error {
	drifted, err := o.apply(ctx, object)
	if err != nil {
		return err
	}
	if drifted {
		kind := fmt.Sprintf("%T", object)
		kind = strings.TrimSuffix(kind[strings.LastIndex(kind, ".")+1:], "ApplyConfiguration")
		s.repaired = append(s.repaired, kind+" "+tenant.ObjectName(s.town.Name))
	}
	return nil
}

func (o *Operator) townNetworkPolicy(ctx context.Context, s *townScope) error {
	if s.input.HasWorkload() && o.options.Values.NetworkPolicy {
		return o.applyTown(ctx, s, tenant.NetworkPolicy(s.input))
	}
	return o.remove(ctx, &networkingv1.NetworkPolicy{ObjectMeta: townMeta(s.town)})
}

func (o *Operator) townDisruptionBudget(ctx context.Context, s *townScope) error {
	if budget := tenant.DisruptionBudget(s.input); budget != nil && s.input.HasWorkload() {
		return o.applyTown(ctx, s, budget)
	}
	return o.remove(ctx, &policyv1.PodDisruptionBudget{ObjectMeta: townMeta(s.town)})
}

func townMeta(town *v1alpha1.Township) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: town.Namespace, Name: tenant.ObjectName(town.Name)}
}

// townWithdraw takes away what a township without instances must not have: first the route, so that the shared API
// serves before the instances stop.
func (o *Operator) townWithdraw(ctx context.Context, s *townScope) error {
	if s.input.HasWorkload() && s.input.Replicas() > 0 {
		return nil
	}
	if err := o.removeRoutes(ctx, s.town, ""); err != nil {
		return err
	}
	if s.input.HasWorkload() {
		return nil
	}
	at := townMeta(s.town)
	for _, object := range []client.Object{
		&appsv1.Deployment{ObjectMeta: at}, &policyv1.PodDisruptionBudget{ObjectMeta: at}, &corev1.Service{ObjectMeta: at},
		&networkingv1.NetworkPolicy{ObjectMeta: at}, &corev1.ServiceAccount{ObjectMeta: at}, &corev1.Secret{ObjectMeta: at},
	} {
		if err := o.remove(ctx, object); err != nil {
			return err
		}
	}
	s.town.Status.Replicas, s.town.Status.ReadyReplicas = 0, 0
	return nil
}

// removeRoutes removes the township's routes of every kind but the given one.
func (o *Operator) removeRoutes(ctx context.Context, town *v1alpha1.Township, keep tenant.RouteKind) error {
	if keep != tenant.RouteIngress {
		if err := o.remove(ctx, &networkingv1.Ingress{ObjectMeta: townMeta(town)}); err != nil {
			return err
		}
	}
	if keep != tenant.RouteHTTP && o.options.Values.Route.Kind == tenant.RouteHTTP {
		route := &unstructured.Unstructured{}
		route.SetGroupVersionKind(tenant.HTTPRouteKind)
		route.SetNamespace(town.Namespace)
		route.SetName(tenant.ObjectName(town.Name))
		if err := o.remove(ctx, route); err != nil {
			return err
		}
	}
	return nil
}

// townWorkload looks at the instances. It never ends the list: the shared API serves while they do not.
func (o *Operator) townWorkload(ctx context.Context, s *townScope) error {
	conditions, generation := &s.town.Status.Conditions, s.town.Generation
	set := func(status metav1.ConditionStatus, reason, message string) {
		meta.SetStatusCondition(conditions, metav1.Condition{Type: v1alpha1.ConditionWorkloadAvailable, Status: status,
			Reason: reason, Message: truncate(message), ObservedGeneration: generation})
	}
	switch {
	case !s.input.HasWorkload():
		meta.RemoveStatusCondition(conditions, v1alpha1.ConditionWorkloadAvailable)
		return nil
	case s.input.Suspended:
		set(metav1.ConditionFalse, v1alpha1.ReasonSuspended, "suspended: no instance runs")
	case s.input.Replicas() == 0:
		set(metav1.ConditionFalse, v1alpha1.ReasonScaledToZero, "spec.api.replicas is 0: the shared API serves")
	}
	deployment := newDeployment(s.town.Namespace, tenant.ObjectName(s.town.Name))
	err := o.client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)
	if apierrors.IsNotFound(err) { // the cache has not seen it yet; its event brings us back
		deployment.Status = appsv1.DeploymentStatus{}
	} else if err != nil {
		return err
	}
	s.town.Status.Replicas = deployment.Status.Replicas
	s.town.Status.ReadyReplicas = deployment.Status.ReadyReplicas
	if s.input.Replicas() == 0 {
		return nil
	}
	s.available = deployment.Status.AvailableReplicas > 0
	if rolledOut(deployment, s.input.Replicas()) {
		set(metav1.ConditionTrue, v1alpha1.ReasonSucceeded, "")
		return nil
	}
	pending, err := o.whyNotAvailable(ctx, s, deployment)
	if err != nil {
		return err
	}
	s.pending = pending
	set(metav1.ConditionFalse, pending.reason, pending.message)
	return nil
}

func rolledOut(deployment *appsv1.Deployment, replicas int32) bool {
	status := deployment.Status
	return status.ObservedGeneration >= deployment.Generation && deployment.Generation > 0 &&
		status.UpdatedReplicas >= replicas && status.AvailableReplicas >= replicas && status.Replicas <= status.UpdatedReplicas
}

// whyNotAvailable says in words why instances do not answer, as far as the cluster tells.
func (o *Operator) whyNotAvailable(ctx context.Context, s *townScope, deployment *appsv1.Deployment) (*outcome, error) {
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == appsv1.DeploymentReplicaFailure && condition.Status == corev1.ConditionTrue {
			return &outcome{reason: v1alpha1.ReasonPodsRefused, after: 10 * time.Second, message: "the cluster refuses the township's pods: " +
				condition.Message + "; raise the quota of the namespace or lower spec.api.replicas"}, nil
		}
	}
	var pods corev1.PodList
	err := o.reader.List(ctx, &pods, client.InNamespace(s.town.Namespace), client.MatchingLabels(tenant.Selector(s.town.Name)))
	if err != nil {
		return nil, err
	}
	for i := range pods.Items {
		if message := podTrouble(&pods.Items[i]); message != "" {
			return &outcome{reason: v1alpha1.ReasonWorkloadUnavailable, after: 15 * time.Second, message: message}, nil
		}
	}
	return &outcome{reason: v1alpha1.ReasonProgressing, after: 15 * time.Second,
		message: fmt.Sprintf("%d of %d instances answer", deployment.Status.AvailableReplicas, s.input.Replicas())}, nil
}

// podTrouble says what keeps a pod from answering, "" when it is merely starting.
func podTrouble(pod *corev1.Pod) string {
	look := fmt.Sprintf("; see kubectl -n %s logs %s", pod.Namespace, pod.Name)
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return fmt.Sprintf("pod %s finds no node: %s; add nodes or loosen the County's pods.nodeSelector", pod.Name, condition.Message)
		}
	}
	for _, container := range pod.Status.ContainerStatuses {
		switch waiting := container.State.Waiting; {
		case waiting != nil && (strings.HasPrefix(waiting.Reason, "ErrImage") || waiting.Reason == "ImagePullBackOff"):
			return fmt.Sprintf("pod %s cannot pull the image %s: set the County's pods.imagePullSecrets or the chart's image", pod.Name, container.Image)
		case waiting != nil && waiting.Reason == "CreateContainerConfigError":
			return fmt.Sprintf("pod %s cannot start: %s", pod.Name, waiting.Message)
		case waiting != nil && waiting.Reason == "CrashLoopBackOff":
			return fmt.Sprintf("pod %s ends again and again", pod.Name) + look + " --previous"
		case container.State.Terminated != nil && container.RestartCount > 0:
			return fmt.Sprintf("pod %s ended with code %d", pod.Name, container.State.Terminated.ExitCode) + look
		}
	}
	return ""
}

// townRoute sends the township's requests to its own instances while they answer, and to the shared API otherwise.
func (o *Operator) townRoute(ctx context.Context, s *townScope) error {
	kind := o.options.Values.Route.Kind
	if !s.available || kind == tenant.RouteNone || kind == "" {
		return o.removeRoutes(ctx, s.town, "")
	}
	if err := o.removeRoutes(ctx, s.town, kind); err != nil {
		return err
	}
	s.routed = true
	var route tenant.Object = tenant.Ingress(s.input)
	if kind == tenant.RouteHTTP {
		route = client.ApplyConfigurationFromUnstructured(tenant.HTTPRoute(s.input))
	}
	_, err := o.apply(ctx, route)
	return err
}

// sharedAvailable tells whether the installation's shared API answers.
func (o *Operator) sharedAvailable(ctx context.Context) (bool, error) {
	deployment := newDeployment(o.options.Namespace, o.options.SharedAPI)
	err := o.client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return deployment.Status.AvailableReplicas > 0, err
}

func newDeployment(namespace, name string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}
