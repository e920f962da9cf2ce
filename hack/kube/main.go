// Command tiaojie-kube is a whole Kubernetes for one machine in one file.
//
// It runs etcd, kube-apiserver, the controllers a Deployment needs, a node
// agent that runs pods as local processes, and an ingress. By the names etcd,
// kube-apiserver, kubectl and helm, or with those as first argument, it is
// the upstream program. It knows nothing of the product it hosts. Start
// reading at cluster.Up; README.md says what it proves and what it does not.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const usage = `tiaojie-kube is a Kubernetes cluster for one machine: pods are local processes.

  tiaojie-kube up --dir DIR [--image REF=/path/to/binary ...] [--ingress-port N] [--backoff 10s]
                            run a cluster in the foreground until SIGINT or SIGTERM
  tiaojie-kube kubectl ...  the real kubectl
  tiaojie-kube helm ...     the real helm
  tiaojie-kube assets DIR   make etcd, kube-apiserver and kubectl in DIR for envtest (KUBEBUILDER_ASSETS=DIR)
  tiaojie-kube etcd ..., tiaojie-kube kube-apiserver ...
                            the real servers
`

func main() { os.Exit(run(os.Args)) }

func run(args []string) int {
	if program, known := programs()[filepath.Base(args[0])]; known {
		return program(args)
	}
	if len(args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	if program, known := programs()[args[1]]; known {
		return program(args[1:])
	}
	switch args[1] {
	case "up":
		return up(args[2:])
	case "assets":
		return assets(args[2:])
	case "help", "-h", "--help":
		fmt.Print(usage)
		return 0
	default:
		fmt.Fprintf(os.Stderr, "tiaojie-kube has no command %q.\n\n%s", args[1], usage)
		return 2
	}
}
