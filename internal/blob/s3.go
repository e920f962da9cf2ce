package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// partSize is what one upload of unknown length holds in memory: the least that S3 takes as a part. A file of the largest
// size has some twenty of them.
const partSize = 5 << 20

// S3Config says where a bucket is and who may use it.
type S3Config struct {
	Endpoint  string // https://host[:port] or http://host[:port], without a path
	Region    string // "" asks the service
	Bucket    string // that is there already
	AccessKey string
	SecretKey string
}

// S3 keeps blobs in a bucket of an S3-compatible service, under tenant/name.
type S3 struct {
	client *minio.Client
	bucket string
}

// OpenS3 makes the client. It does not wait for the service.
func OpenS3(config S3Config) (*S3, error) {
	host, secure := strings.CutPrefix(config.Endpoint, "https://")
	plain, insecure := strings.CutPrefix(config.Endpoint, "http://")
	if insecure {
		host = plain
	}
	if secure == insecure || strings.Trim(host, "/") == "" || strings.Contains(strings.TrimSuffix(host, "/"), "/") {
		return nil, errors.New("blob: the endpoint must be https://HOST or http://HOST, without a path")
	}
	if config.Bucket == "" || config.AccessKey == "" || config.SecretKey == "" {
		return nil, errors.New("blob: S3 needs a bucket, an access key and a secret key")
	}
	client, err := minio.New(strings.TrimSuffix(host, "/"), &minio.Options{
		Creds: credentials.NewStaticV4(config.AccessKey, config.SecretKey, ""), Secure: secure, Region: config.Region, MaxRetries: 2,
	})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &S3{client: client, bucket: config.Bucket}, nil
}

// Tenant gives the place of one tenant.
func (s *S3) Tenant(code string) *Place { return &Place{tenant: code, backing: s} }

// Ready fails when the bucket is not there or cannot be asked for.
func (s *S3) Ready(ctx context.Context) error {
	found, err := s.client.BucketExists(ctx, s.bucket)
	if err == nil && !found {
		err = errors.New("there is no bucket " + s.bucket)
	}
	return err
}

// RemoveTenant removes a tenant's objects, a thousand at a time.
func (s *S3) RemoveTenant(ctx context.Context, code string) error {
	if !tenantForm.MatchString(code) {
		return errors.New("blob: a tenant has nine digits")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	objects := s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: code + "/", Recursive: true})
	found := make(chan minio.ObjectInfo)
	var listing error
	go func() {
		defer close(found)
		for object := range objects {
			if object.Err != nil {
				listing = object.Err
				return
			}
			found <- object
		}
	}()
	var failures []error
	for failed := range s.client.RemoveObjects(ctx, s.bucket, found, minio.RemoveObjectsOptions{}) {
		failures = append(failures, failed.Err)
	}
	return errors.Join(append(failures, listing)...)
}

func (s *S3) put(ctx context.Context, tenant, name string, content io.Reader, size int64) error {
	options := minio.PutObjectOptions{ContentType: "application/octet-stream", NumThreads: 1, DisableContentSha256: true}
	if size < 0 {
		options.PartSize = partSize
	}
	source := &source{content: content}
	_, err := s.client.PutObject(ctx, s.bucket, tenant+"/"+name, source, size, options)
	if source.failure != nil {
		return source.failure
	}
	return err
}

// source is a content on its way to the service. The client takes an io.ErrUnexpectedEOF, with which a broken upload ends,
// for the end of the content and would store half of it; here such an end has no name that the client knows.
type source struct {
	content io.Reader
	failure error
}

var errSource = errors.New("blob: the content could not be read to its end")

// Read passes the content on.
func (s *source) Read(into []byte) (int, error) {
	n, err := s.content.Read(into)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.failure = err
		return n, errSource
	}
	return n, err
}

func (s *S3) get(ctx context.Context, tenant, name string, offset int64) (io.ReadCloser, error) {
	options := minio.GetObjectOptions{}
	if offset > 0 {
		if err := options.SetRange(offset, 0); err != nil {
			return nil, err
		}
	}
	core := minio.Core{Client: s.client} // its reader holds nothing and asks once
	body, _, _, err := core.GetObject(ctx, s.bucket, tenant+"/"+name, options)
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return body, err
}

func (s *S3) remove(ctx context.Context, tenant, name string) error {
	return s.client.RemoveObject(ctx, s.bucket, tenant+"/"+name, minio.RemoveObjectOptions{})
}
