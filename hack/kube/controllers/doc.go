// Package controllers runs the few upstream controllers that a Deployment, a
// namespace with quotas and an owner reference need, inside this process.
//
// They are imported one by one from Kubernetes, because the program that
// bundles them (kube-controller-manager) compiles four times as much. It
// knows nothing of the node agent or the ingress. The endpoint-slice
// controller is left out on purpose: an EndpointSlice may not carry a
// loopback address, so every Service would raise failure events.
// Start reading at Run.
package controllers
