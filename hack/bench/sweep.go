package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/postgres"
)

const (
	// sweptCases are open and due soon when the sweep comes by.
	sweptCases = 10_000
	// statementsMost bounds what the sweep of so many cases may send: a dozen for each thousand.
	statementsMost = 120
)

// measureSweep has the clocks of ten thousand open cases fall due soon at once and counts, on the line to the database,
// the statements by which the worker's sweep raises them. More than the bound ends the run.
func measureSweep(b *bench) []result {
	o := b.loaded
	due := min(sweptCases, o.load.pending)
	line := b.openLine(o.county.AsSlot(o.town))
	store, closeStore, err := postgres.OpenTenantStore(line.address, o.town, o.county.TenantKeys(o.town), 1)
	b.must(err)
	defer closeStore()
	// The loader files a case each millisecond and warns two days later.
	at := o.load.first.Add(48*time.Hour + time.Duration(due-1)*time.Millisecond)
	began := time.Now()
	raised, err := casework.New(store, func() time.Time { return at }).RaiseDue(b.ctx)
	b.must(err)
	took, statements := time.Since(began), int(line.statements.Load())
	if raised != due || statements > statementsMost {
		b.Fatalf("the sweep raised %d of %d clocks by %d statements; %d are the most", raised, due, statements, statementsMost)
	}
	fmt.Fprintf(b.progress, "sweep: %d clocks raised by %d statements in %v\n", raised, statements, took.Round(time.Millisecond))
	return []result{timing("sweep of "+strconv.Itoa(raised)+" open cases, "+strconv.Itoa(statements)+" statements", []time.Duration{took}, 0)}
}

// line stands between a store and the server and counts the statements that pass.
type line struct {
	address    postgres.Address
	statements atomic.Int64
}

func (b *bench) openLine(address postgres.Address) *line {
	listener, err := (&net.ListenConfig{}).Listen(b.ctx, "tcp4", "127.0.0.1:0")
	b.must(err)
	b.Cleanup(func() { _ = listener.Close() })
	target := net.JoinHostPort(address.Host, strconv.Itoa(address.Port))
	l := &line{address: address}
	l.address.Host, l.address.Port = "127.0.0.1", listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(client, target)
		}
	}()
	return l
}

func (l *line) pass(client net.Conn, target string) {
	defer client.Close()
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _ = l.count(bufio.NewReader(client), server) }()
	_, _ = io.Copy(client, server)
}

// count passes the client's messages on (PostgreSQL protocol 3: a type, four bytes of length, the rest; the first has no
// type) and counts those that execute: E and Q.
func (l *line) count(from io.Reader, to io.Writer) error {
	for head := 4; ; head = 5 {
		begin := make([]byte, head)
		if _, err := io.ReadFull(from, begin); err != nil {
			return err
		}
		if head == 5 && (begin[0] == 'E' || begin[0] == 'Q') {
			l.statements.Add(1)
		}
		if _, err := to.Write(begin); err != nil {
			return err
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(begin[head-4:]))-4); err != nil {
			return err
		}
	}
}
