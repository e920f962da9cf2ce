// Command issuer is a small OpenID Connect issuer on loopback: zitadel/oidc's server over a handful of people and one
// program, all in memory. It is tooling: the tests ask it for tokens as apps and partners' programs do, and a developer
// signs in at it instead of making tokens from a key file. Its passwords are public; it never listens beyond this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "issuer:", err)
		os.Exit(1)
	}
}

// serve runs an issuer until ctx ends. SIGHUP makes it sign with a new key; the old one stays published.
func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("issuer", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:9998", "address, on loopback")
	audience := flags.String("audience", "tiaojie", "aud of the access tokens")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := listenOnLoopback(ctx, *listen)
	if err != nil {
		return err
	}
	issuer, err := newIssuer("http://"+listener.Addr().String(), *audience)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Printf("issuer %s\nregister a client's redirect as %s\n", issuer.url, redirectURI)
	server := &http.Server{Handler: issuer, ReadHeaderTimeout: 5 * time.Second}
	go issuer.rotateOnHangup(ctx)
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func listenOnLoopback(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if here, ok := listener.Addr().(*net.TCPAddr); !ok || !here.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not on loopback: its passwords are public", address), listener.Close())
	}
	return listener, nil
}

func (i *issuer) rotateOnHangup(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			kid, err := i.storage.rotate()
			fmt.Println("signs with", kid, err)
		}
	}
}
