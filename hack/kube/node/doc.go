// Package node is the node agent: one Node object "embedded" whose pods are
// local processes, each pod on a loopback address of its own.
//
// It answers: where does a pod run, with which environment, is it healthy,
// when is it restarted, and what does its status say. It proves what depends
// on the pod's *life* (probes, back-off, graceful stop, credentials), and
// nothing that depends on isolation: no images, user ids, limits or network
// policy. It knows nothing of Ingress objects. Start reading at Agent, then
// pod.run, container.run.
package node
