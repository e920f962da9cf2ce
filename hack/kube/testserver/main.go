// Command testserver is the tiny program that the cluster's tests run as pods.
//
// It serves on $LISTEN and shows its environment, fails its readiness when
// told to, crashes when told to, and calls the API server with the
// credentials named by KUBECONFIG. It depends on the standard library alone,
// but for reading a kubeconfig. Start reading at main.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if code, err := strconv.Atoi(os.Getenv("EXIT_CODE")); err == nil {
		fmt.Println("ending with", code)
		os.Exit(code)
	}
	var unready atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", show)
	mux.HandleFunc("GET /configmaps", configMaps)
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if unready.Load() {
			http.Error(w, "told to be unready", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /unready", func(http.ResponseWriter, *http.Request) { unready.Store(true) })
	mux.HandleFunc("POST /crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	mux.HandleFunc("GET /stream", stream)
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: mux}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		fmt.Println("stopping")
		_ = server.Shutdown(context.Background())
	}()
	fmt.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Println(err)
		os.Exit(1)
	}
}

// show answers with what the process was given and what the request carries.
func show(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{
		"env": os.Environ(), "args": os.Args, "pid": os.Getpid(), "host": r.Host, "path": r.URL.Path, "headers": r.Header,
	})
}

// configMaps lists the ConfigMaps of the pod's namespace as its service account.
func configMaps(w http.ResponseWriter, r *http.Request) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err == nil {
		var client *kubernetes.Clientset
		if client, err = kubernetes.NewForConfig(config); err == nil {
			_, err = client.CoreV1().ConfigMaps(os.Getenv("POD_NAMESPACE")).List(r.Context(), metav1.ListOptions{})
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	fmt.Fprintln(w, "listed")
}

// stream sends a line, waits, and sends another.
func stream(w http.ResponseWriter, _ *http.Request) {
	for i := range 2 {
		fmt.Fprintln(w, "line", i)
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Second)
	}
}
