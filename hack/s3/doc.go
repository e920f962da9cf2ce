// Package s3 holds no code but tests: attachments in a bucket of a server that speaks S3 over HTTP, from the upload through
// the API to the bytes in the bucket, while the server is well, away, and full of leftovers. It is a module of its own, so
// that neither the product nor its other tests depend on a server of S3.
package s3
