// Package process starts local programs that never outlive this one.
//
// It answers: is the program running, how did it end, and stop it within a
// time. Floor 0: it knows nothing of Kubernetes. Every child dies with this
// process, even when this process is killed with SIGKILL, because the kernel
// is asked to (PR_SET_PDEATHSIG). Linux only. Start reading at Spawner.
package process
