// Package blob is where bytes lie: a directory of this machine, or a bucket of an S3-compatible service. It is floor 2. It
// knows names and bytes, and that each tenant has a place of its own; it must not know cases, keys or what the bytes mean,
// and gets them sealed. Start reading at Store; directory.go and s3.go are the two kinds.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// Store keeps the blobs of all tenants.
type Store interface {
	// Tenant gives the place of one tenant, by its nine-digit code.
	Tenant(code string) *Place
	// RemoveTenant removes everything of a tenant; nothing there is fine.
	RemoveTenant(ctx context.Context, code string) error
	// Ready fails when the store cannot be reached.
	Ready(ctx context.Context) error
}

// backing is what a kind of store does with whole names, tenant/name.
type backing interface {
	put(ctx context.Context, tenant, name string, content io.Reader, size int64) error
	get(ctx context.Context, tenant, name string, offset int64) (io.ReadCloser, error)
	remove(ctx context.Context, tenant, name string) error
}

// Place is the blobs of one tenant. It is bound to that tenant for its whole life: no name leads out of it.
type Place struct {
	tenant  string
	backing backing
}

var (
	nameForm   = regexp.MustCompile(`^[0-9a-f-]{1,64}$`)
	tenantForm = regexp.MustCompile(`^[0-9]{9}$`)
)

func (p *Place) check(name string) error {
	if !tenantForm.MatchString(p.tenant) || !nameForm.MatchString(name) {
		return errors.New("blob: a name has digits, a to f and dashes, a tenant nine digits")
	}
	return nil
}

// Put stores content under a name, whole or not at all. size is its length in bytes, -1 when that is not known.
func (p *Place) Put(ctx context.Context, name string, content io.Reader, size int64) error {
	if err := p.check(name); err != nil {
		return err
	}
	if err := p.backing.put(ctx, p.tenant, name, content, size); err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	return nil
}

// Get reads from an offset to the end; an error that wraps fs.ErrNotExist when there is nothing of that name.
func (p *Place) Get(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	if err := p.check(name); err != nil {
		return nil, err
	}
	body, err := p.backing.get(ctx, p.tenant, name, offset)
	if err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	return body, nil
}

// Remove removes a blob; one that is not there is fine.
func (p *Place) Remove(ctx context.Context, name string) error {
	if err := p.check(name); err != nil {
		return err
	}
	if err := p.backing.remove(ctx, p.tenant, name); err != nil {
		return fmt.Errorf("blob: remove: %w", err)
	}
	return nil
}
