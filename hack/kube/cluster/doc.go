// Package cluster puts the parts together: it starts and stops a cluster.
//
// It answers: in which order do things start and stop, what lies in the
// directory of a run, and when is it ready. It has no knowledge of its own
// about Kubernetes. Start reading at Up.
package cluster
