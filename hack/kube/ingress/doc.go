// Package ingress is one HTTP port that follows the cluster's Ingress objects.
//
// It answers: which pod gets this request. Routes go to Ready pods of the
// Service's selector, not to EndpointSlices, which may not carry loopback
// addresses. TLS sections are ignored: the port speaks plain HTTP. It knows
// nothing of processes. Start reading at Start; route.go is pure.
package ingress
