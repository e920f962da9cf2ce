// Package controlplane runs the two upstream servers of a cluster, etcd and
// kube-apiserver, as child processes of this binary on one loopback network.
//
// It answers: which address and ports are mine, which certificates and flags
// do the servers get, are they ready, and how are they stopped. It knows
// nothing of pods, controllers or routes. Data is thrown away with the run:
// etcd does not fsync. Start reading at Start.
package controlplane
