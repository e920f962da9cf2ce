package ingress

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

const (
	// ClassName is the IngressClass that the cluster offers, as its default.
	ClassName = "embedded"
	// controllerName marks other classes that this ingress serves as well.
	controllerName = "tiaojie.dev/embedded-ingress"
)

// Ingress is the running port.
type Ingress struct {
	// URL is where clients reach it.
	URL string

	client    kubernetes.Interface
	address   *net.TCPAddr
	ingresses networkinglisters.IngressLister
	classes   networkinglisters.IngressClassLister
	backends  *backends
	table     atomic.Pointer[table]
	dirty     chan struct{}
	server    *http.Server
}

// Start listens on 127.0.0.1:port (0 takes a free one) and creates the class.
// The shared informers are started by the caller afterwards.
func Start(ctx context.Context, client kubernetes.Interface, shared informers.SharedInformerFactory, port int) (*Ingress, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen for the ingress: %w; choose another --ingress-port, or 0 for a free one", err)
	}
	in := &Ingress{
		client:    client,
		address:   listener.Addr().(*net.TCPAddr),
		ingresses: shared.Networking().V1().Ingresses().Lister(),
		classes:   shared.Networking().V1().IngressClasses().Lister(),
		backends:  &backends{services: shared.Core().V1().Services().Lister(), pods: shared.Core().V1().Pods().Lister()},
		dirty:     make(chan struct{}, 1),
	}
	in.URL = "http://" + in.address.String()
	in.table.Store(&table{})
	if err := in.createClass(ctx); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("create IngressClass %s: %w", ClassName, err)
	}
	for _, informer := range []cache.SharedIndexInformer{
		shared.Networking().V1().Ingresses().Informer(), shared.Networking().V1().IngressClasses().Informer(),
	} {
		if _, err := informer.AddEventHandler(in.handler()); err != nil {
			return nil, err
		}
	}
	go in.follow(ctx)
	in.server = &http.Server{Handler: in.proxy(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = in.server.Serve(listener) }()
	return in, nil
}

// Stop closes the port and its connections.
func (in *Ingress) Stop() { _ = in.server.Close() }

func (in *Ingress) createClass(ctx context.Context) error {
	_, err := in.client.NetworkingV1().IngressClasses().Create(ctx, &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        ClassName,
			Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"},
		},
		Spec: networkingv1.IngressClassSpec{Controller: controllerName},
	}, metav1.CreateOptions{})
	return err
}

func (in *Ingress) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { in.changed() },
		UpdateFunc: func(any, any) { in.changed() },
		DeleteFunc: func(any) { in.changed() },
	}
}

func (in *Ingress) changed() {
	select {
	case in.dirty <- struct{}{}:
	default:
	}
}

// follow rebuilds the table after a change and publishes the address in the
// status of every Ingress it serves.
func (in *Ingress) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-in.dirty:
		}
		served := in.served()
		t := newTable(served)
		in.table.Store(&t)
		for _, object := range served {
			if err := in.publish(ctx, object); err != nil && ctx.Err() == nil {
				time.AfterFunc(time.Second, in.changed)
			}
		}
	}
}

// served are the Ingress objects of our class or of a class that names our
// controller.
func (in *Ingress) served() []*networkingv1.Ingress {
	all, err := in.ingresses.List(labels.Everything())
	if err != nil {
		return nil
	}
	var served []*networkingv1.Ingress
	for _, object := range all {
		name := object.Spec.IngressClassName
		if name == nil {
			continue
		}
		if class, err := in.classes.Get(*name); *name == ClassName || (err == nil && class.Spec.Controller == controllerName) {
			served = append(served, object)
		}
	}
	return served
}

func (in *Ingress) publish(ctx context.Context, object *networkingv1.Ingress) error {
	wanted := []networkingv1.IngressLoadBalancerIngress{{
		IP:    in.address.IP.String(),
		Ports: []networkingv1.IngressPortStatus{{Port: int32(in.address.Port), Protocol: "TCP"}},
	}}
	if reflect.DeepEqual(object.Status.LoadBalancer.Ingress, wanted) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": wanted}}})
	if err != nil {
		return err
	}
	_, err = in.client.NetworkingV1().Ingresses(object.Namespace).Patch(ctx, object.Name, "application/merge-patch+json", patch, metav1.PatchOptions{}, "status")
	return err
}
