package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const (
	directoryMode = 0o700
	fileMode      = 0o600
	partEnding    = ".part"
)

// Directory keeps blobs in a directory of this machine, a subdirectory for each tenant. A file appears under its name
// when it is whole and on the disk.
type Directory struct{ root *os.Root }

// OpenDirectory opens the directory, and makes it when it is not there.
func OpenDirectory(path string) (*Directory, error) {
	if err := os.MkdirAll(path, directoryMode); err != nil {
		return nil, fmt.Errorf("blob: make the directory: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("blob: open the directory: %w", err)
	}
	return &Directory{root: root}, nil
}

// Tenant gives the place of one tenant.
func (d *Directory) Tenant(code string) *Place { return &Place{tenant: code, backing: d} }

// Ready fails when the directory is gone.
func (d *Directory) Ready(context.Context) error {
	_, err := d.root.Stat(".")
	return err
}

// RemoveTenant removes a tenant's directory.
func (d *Directory) RemoveTenant(_ context.Context, code string) error {
	if !tenantForm.MatchString(code) {
		return errors.New("blob: a tenant has nine digits")
	}
	return d.root.RemoveAll(code)
}

func (d *Directory) put(ctx context.Context, tenant, name string, content io.Reader, _ int64) (err error) {
	if err := d.root.Mkdir(tenant, directoryMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	path := tenant + "/" + name
	part := path + partEnding
	file, err := d.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = d.root.Remove(part) // the error at hand says more
		}
	}()
	_, err = io.Copy(file, content)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = d.root.Rename(part, path); err != nil {
		return err
	}
	return d.settle(tenant)
}

// settle brings the directory's own entries to the disk.
func (d *Directory) settle(tenant string) error {
	directory, err := d.root.Open(tenant)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

func (d *Directory) get(_ context.Context, tenant, name string, offset int64) (io.ReadCloser, error) {
	file, err := d.root.Open(tenant + "/" + name)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (d *Directory) remove(_ context.Context, tenant, name string) error {
	for _, path := range []string{tenant + "/" + name, tenant + "/" + name + partEnding} {
		if err := d.root.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
