package command

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	versions "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// oldestKubernetes is the oldest version that the project is tried with.
const oldestKubernetes = "1.34.0"

// checkCluster looks at what the chart and the operator will need.
func (c *DoctorCommand) checkCluster(ctx context.Context) []checked {
	reach := checked{title: words{"cluster reachable", "集群可连接"}, remedy: words{
		"check the kubeconfig: kubectl --kubeconfig FILE version", "请检查 kubeconfig:kubectl --kubeconfig 文件 version",
	}}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{Precedence: strings.Split(c.Kubeconfig, ":")}, nil).ClientConfig()
	if err != nil {
		reach.fault = same(err.Error())
		return []checked{reach}
	}
	config.Timeout = c.Timeout
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		reach.fault = same(err.Error())
		return []checked{reach}
	}
	served, err := client.Discovery().ServerVersion()
	if err != nil {
		reach.fault = same(err.Error())
		return []checked{reach}
	}
	reach.seen = same(config.Host)
	return append([]checked{reach, clusterVersionCheck(served.GitVersion)},
		servedCheck(client, "apiextensions.k8s.io/v1", "customresourcedefinitions", words{"custom resources", "自定义资源"}),
		servedCheck(client, "admissionregistration.k8s.io/v1", "validatingadmissionpolicies", words{"validating admission policies", "准入校验策略"}),
		rightToInstallCheck(ctx, client),
		podSecurityCheck(ctx, client),
		c.ingressCheck(ctx, client))
}

func clusterVersionCheck(git string) checked {
	check := checked{title: words{"Kubernetes " + oldestKubernetes + " or newer", "Kubernetes 版本不低于 " + oldestKubernetes}, seen: same(git),
		remedy: words{"upgrade the cluster", "请升级集群"}}
	parsed, err := versions.ParseGeneric(git)
	if err != nil || parsed.LessThan(versions.MustParseGeneric(oldestKubernetes)) {
		check.fault = same(git)
	}
	return check
}

func servedCheck(client kubernetes.Interface, group, resource string, title words) checked {
	check := checked{title: title, seen: same(group), remedy: words{
		"let the API server serve " + group, "请让 API 服务器提供 " + group,
	}}
	list, err := client.Discovery().ServerResourcesForGroupVersion(group)
	if err != nil {
		check.fault = same(err.Error())
		return check
	}
	for _, served := range list.APIResources {
		if served.Name == resource {
			return check
		}
	}
	check.fault = words{group + " has no " + resource, group + " 中没有 " + resource}
	return check
}

// rightToInstallCheck asks the API server what helm install will ask for.
func rightToInstallCheck(ctx context.Context, client kubernetes.Interface) checked {
	check := checked{title: words{"rights to install", "安装权限"}, seen: words{
		"custom resources, admission policies, cluster roles, namespaces", "自定义资源、准入策略、集群角色、命名空间",
	}, remedy: words{
		"use a kubeconfig of a cluster administrator for the installation", "请使用集群管理员的 kubeconfig 进行安装",
	}}
	var lacking []string
	for _, needed := range []authorizationv1.ResourceAttributes{
		{Verb: "create", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"},
		{Verb: "create", Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicies"},
		{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterroles"},
		{Verb: "create", Resource: "namespaces"},
	} {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &needed}}
		answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			check.fault = same(err.Error())
			return check
		}
		if !answer.Status.Allowed {
			lacking = append(lacking, needed.Verb+" "+needed.Resource)
		}
	}
	check.fault = same(strings.Join(lacking, ", "))
	return check
}

// podSecurityCheck dry-runs a namespace with a pod-security level that does not exist: only a cluster that enforces
// such levels refuses it.
func podSecurityCheck(ctx context.Context, client kubernetes.Interface) checked {
	check := checked{title: words{"pod security levels are enforced", "Pod 安全级别生效"}, seen: same("restricted"), remedy: words{
		"turn on the PodSecurity admission plugin: without it the restricted level of the counties' namespaces is a label only",
		"请启用 PodSecurity 准入插件,否则各区县命名空间的 restricted 级别只是一个标签",
	}}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "tiaojie-doctor-", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "no-such-level"},
	}}
	_, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	switch {
	case err == nil:
		check.fault = words{"a namespace with an unknown level is accepted", "级别未知的命名空间也被接受"}
	case !apierrors.IsInvalid(err):
		check.fault = same(err.Error())
	}
	return check
}

// ingressCheck looks for the class that the routes will name, or for a default one.
func (c *DoctorCommand) ingressCheck(ctx context.Context, client kubernetes.Interface) checked {
	check := checked{title: words{"ingress class", "入口类"}, remedy: words{
		"install an ingress controller, or name a class that is there in --ingress-class and the chart's route.className",
		"请安装 Ingress 控制器,或用 --ingress-class 和 chart 的 route.className 指定已有的类",
	}}
	classes, err := client.NetworkingV1().IngressClasses().List(ctx, metav1.ListOptions{})
	if err != nil {
		check.fault = same(err.Error())
		return check
	}
	var names []string
	for _, class := range classes.Items {
		byDefault := class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true"
		if class.Name == c.IngressClass || c.IngressClass == "" && byDefault {
			check.seen = same(class.Name)
			return check
		}
		names = append(names, class.Name)
	}
	wanted := words{"no default class", "没有默认的类"}
	if c.IngressClass != "" {
		wanted = words{fmt.Sprintf("no class %q", c.IngressClass), fmt.Sprintf("没有名为 %q 的类", c.IngressClass)}
	}
	present := strings.Join(names, ", ")
	check.fault = words{wanted.en + "; the cluster has [" + present + "]", wanted.zh + ";集群中有 [" + present + "]"}
	return check
}
