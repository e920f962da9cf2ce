package command

import (
	"errors"

	"tiaojie.dev/tiaojie/internal/blob"
	"tiaojie.dev/tiaojie/internal/casework"
)

// blobFlags say where attachments lie: a directory of this machine or a bucket, or nowhere.
type blobFlags struct {
	Directory string `env:"TIAOJIE_BLOB_DIRECTORY" name:"blob-directory" placeholder:"PATH" help:"Directory of attachments; every instance of a tenant, the worker and the operator must see the same."`
	Endpoint  string `env:"TIAOJIE_BLOB_S3_ENDPOINT" name:"blob-s3-endpoint" placeholder:"URL" help:"S3-compatible service for attachments, instead of a directory."`
	Region    string `env:"TIAOJIE_BLOB_S3_REGION" name:"blob-s3-region" help:"Its region, where it has any."`
	Bucket    string `env:"TIAOJIE_BLOB_S3_BUCKET" name:"blob-s3-bucket" help:"The bucket; it must be there."`
	AccessKey string `env:"TIAOJIE_BLOB_S3_ACCESS_KEY" name:"blob-s3-access-key" help:"Access key."`
	SecretKey string `env:"TIAOJIE_BLOB_S3_SECRET_KEY" name:"blob-s3-secret-key" help:"Secret key."`
}

// open gives the store, nil when none is configured.
func (f blobFlags) open() (blob.Store, error) {
	switch {
	case f.Directory != "" && f.Endpoint != "":
		return nil, errors.New("attachments lie in TIAOJIE_BLOB_DIRECTORY or at TIAOJIE_BLOB_S3_ENDPOINT: set one of them")
	case f.Directory != "":
		return blob.OpenDirectory(f.Directory)
	case f.Endpoint != "":
		return blob.OpenS3(blob.S3Config{Endpoint: f.Endpoint, Region: f.Region, Bucket: f.Bucket, AccessKey: f.AccessKey, SecretKey: f.SecretKey})
	}
	return nil, nil //nolint:nilnil // no store is an answer
}

// places gives every tenant its place, nil when there is no store.
func (f blobFlags) places() (func(tenant string) casework.Blobs, error) {
	store, err := f.open()
	if err != nil || store == nil {
		return nil, err
	}
	return func(tenant string) casework.Blobs { return store.Tenant(tenant) }, nil
}
