package controlplane

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Network is one 127.x.0.0/16 that belongs to this run. Addresses of the
// whole 127.0.0.0/8 are usable on Linux without any set-up or right.
type Network struct {
	second byte
	lock   net.Listener
}

// ReserveNetwork takes a free 127.x.0.0/16. The reservation is an abstract
// Unix socket, which the kernel releases however the process ends.
func ReserveNetwork() (*Network, error) {
	const lowest, count = 16, 220
	first := rand.IntN(count)
	for i := range count {
		second := byte(lowest + (first+i)%count)
		lock, err := net.Listen("unix", fmt.Sprintf("@tiaojie-kube/127.%d", second))
		if err == nil {
			return &Network{second: second, lock: lock}, nil
		}
	}
	return nil, fmt.Errorf("no free 127.x.0.0/16: %d clusters run on this machine, stop one", count)
}

// Release gives the network back.
func (n *Network) Release() { _ = n.lock.Close() }

// CIDR is the network in prefix notation.
func (n *Network) CIDR() string { return fmt.Sprintf("127.%d.0.0/16", n.second) }

// NodeIP is the address of the node and of the API server.
func (n *Network) NodeIP() string { return fmt.Sprintf("127.%d.0.1", n.second) }

// PodIP is the address with the given number, from 1 to Pods.
func (n *Network) PodIP(number int) string {
	return fmt.Sprintf("127.%d.%d.%d", n.second, 1+(number-1)/254, 1+(number-1)%254)
}

// Pods is how many pod addresses there are.
const Pods = 250 * 254

// freePort returns preferred if nothing listens there, else any free port.
func freePort(ip string, preferred int) (int, error) {
	for _, port := range []int{preferred, 0} {
		listener, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		free := listener.Addr().(*net.TCPAddr).Port
		return free, listener.Close()
	}
	return 0, fmt.Errorf("no free port on %s", ip)
}
