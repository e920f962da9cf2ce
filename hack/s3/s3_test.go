package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"tiaojie.dev/tiaojie/internal/blob"
	"tiaojie.dev/tiaojie/internal/casework"
	"tiaojie.dev/tiaojie/internal/httpapi"
	"tiaojie.dev/tiaojie/internal/identity"
	"tiaojie.dev/tiaojie/internal/pgtest"
	"tiaojie.dev/tiaojie/internal/postgres"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

const (
	bucket   = "tiaojie-files"
	town     = "371621101"
	other    = "371621102"
	blobName = "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e"
	issuer   = "https://id.example"
	audience = "tiaojie"
	part     = 5 << 20 // of an upload whose length is not known
)

// service is a server that speaks S3 over HTTP on loopback; it can be away, or fail in the middle of an upload.
type service struct {
	*httptest.Server
	memory *s3mem.Backend
	away   atomic.Bool
	parts  atomic.Int64 // uploads of parts that are let through; below zero: all
	puts   atomic.Int64
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{memory: s3mem.New()}
	s.parts.Store(-1)
	must(t, s.memory.CreateBucket(bucket))
	inner := gofakes3.New(s.memory).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.away.Load() {
			http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
			return
		}
		if r.Method == http.MethodPut {
			s.puts.Add(1)
			if left := s.parts.Load(); left == 0 {
				panic(http.ErrAbortHandler)
			} else if left > 0 {
				s.parts.Add(-1)
			}
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *service) open(t *testing.T) *blob.S3 {
	t.Helper()
	store, err := blob.OpenS3(blob.S3Config{Endpoint: s.URL, Region: "us-east-1", Bucket: bucket, AccessKey: "access", SecretKey: "secret"})
	must(t, err)
	return store
}

// objects are the names and contents of what lies in the bucket.
func (s *service) objects(t *testing.T) map[string][]byte {
	t.Helper()
	listed, err := s.memory.ListBucket(bucket, nil, gofakes3.ListBucketPage{})
	must(t, err)
	found := map[string][]byte{}
	for _, content := range listed.Contents {
		object, err := s.memory.GetObject(bucket, content.Key, nil)
		must(t, err)
		found[content.Key], err = io.ReadAll(object.Contents)
		must(t, errors.Join(err, object.Contents.Close()))
	}
	return found
}

func TestS3_keepsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	s := newService(t)
	store, ctx := s.open(t), t.Context()
	must(t, store.Ready(ctx))
	place := store.Tenant(town)
	if _, err := place.Get(ctx, blobName, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	for reason, c := range map[string]struct {
		length   int
		declared bool
	}{
		"empty":                            {0, true},
		"small, declared":                  {200_000, true},
		"small, of unknown length":         {200_000, false},
		"a part and a byte, declared":      {part + 1, true},
		"three parts, of unknown length":   {2*part + 17, false},
		"exactly a part of unknown length": {part, false},
	} {
		content := bytes.Repeat([]byte("0123456789abcdef-"), c.length/17+1)[:c.length]
		size := int64(-1)
		if c.declared {
			size = int64(c.length)
		}
		must(t, place.Put(ctx, blobName, iotest.HalfReader(bytes.NewReader(content)), size))
		for _, offset := range []int{0, 1, c.length - 1} {
			if offset < 0 || offset > 0 && offset >= c.length {
				continue
			}
			body, err := place.Get(ctx, blobName, int64(offset))
			must(t, err)
			got, err := io.ReadAll(body)
			if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(got, content[offset:]) {
				t.Errorf("%s, from %d: %d bytes of %d, %v", reason, offset, len(got), c.length-offset, err)
			}
		}
		if _, err := store.Tenant(other).Get(ctx, blobName, 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: another tenant finds it: %v", reason, err)
		}
		if err := errors.Join(place.Remove(ctx, blobName), place.Remove(ctx, blobName)); err != nil {
			t.Errorf("%s: removed twice: %v", reason, err)
		}
	}
	must(t, errors.Join(place.Put(ctx, blobName, strings.NewReader("x"), 1), store.Tenant(other).Put(ctx, blobName, strings.NewReader("y"), 1),
		store.RemoveTenant(ctx, town), store.RemoveTenant(ctx, town)))
	if left := s.objects(t); len(left) != 1 || string(left[other+"/"+blobName]) != "y" {
		t.Errorf("a tenant is removed and its neighbour stays: %v", left)
	}
}

func TestS3_leavesNothingHalf(t *testing.T) {
	t.Parallel()
	s := newService(t)
	place, ctx := s.open(t).Tenant(town), t.Context()
	long := strings.Repeat("x", 2*part)
	broken := io.MultiReader(strings.NewReader(long), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := place.Put(ctx, blobName, broken, -1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken source: %v", err)
	}
	if err := place.Put(ctx, blobName, strings.NewReader("short"), 100); err == nil {
		t.Error("a content shorter than declared is taken")
	}
	s.parts.Store(1)
	if err := place.Put(ctx, blobName, strings.NewReader(long), -1); err == nil {
		t.Error("a server that dies between two parts takes the blob")
	}
	s.parts.Store(-1)
	if left := s.objects(t); len(left) != 0 {
		t.Errorf("half a blob is there: %d objects", len(left))
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := place.Put(cancelled, blobName, strings.NewReader("x"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has gone: %v", err)
	}
}

func TestS3_isNotReady(t *testing.T) {
	t.Parallel()
	s := newService(t)
	elsewhere, err := blob.OpenS3(blob.S3Config{Endpoint: s.URL, Region: "us-east-1", Bucket: "no-such", AccessKey: "access", SecretKey: "secret"})
	must(t, err)
	if err := elsewhere.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "no-such") {
		t.Errorf("without its bucket: %v", err)
	}
	s.away.Store(true)
	if err := s.open(t).Ready(t.Context()); err == nil {
		t.Error("ready although the service is away")
	}
}

// desk is a town whose attachments lie in the bucket, with a case in it.
type desk struct {
	t      *testing.T
	bucket *service
	county *pgtest.Fixture
	server *httptest.Server
	shared *postgres.Shared
	town   string
	path   string // of the case
	token  string
	ahead  atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	county := pgtest.County(t, "孙武镇")
	d := &desk{t: t, bucket: newService(t), county: county, town: county.Towns[1]}
	_, err := county.County.PutAdministrators(t.Context(), []tenantdb.Administrator{{Issuer: issuer, Subject: "zhang"}})
	must(t, err)
	store := d.bucket.open(t)
	d.shared, err = postgres.NewShared(t.Context(), postgres.SharedConfig{Directory: county.Directory(), Keys: county.Keys.Ring, Clock: d.now,
		Blobs: func(tenant string) casework.Blobs { return store.Tenant(tenant) }})
	must(t, err)
	t.Cleanup(d.shared.Close)
	key, err := identity.NewDevelopmentKey()
	must(t, err)
	keys, err := identity.PublicKeySet(key)
	must(t, err)
	verifier, err := identity.New(identity.Config{Issuer: issuer, Audience: audience, JWKS: string(keys), AllowDevelopmentKeys: true})
	must(t, err)
	api, err := httpapi.New(httpapi.Config{Backend: d.shared, Verifier: verifier, Now: d.now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	d.server = httptest.NewServer(api.Handler())
	t.Cleanup(d.server.Close)
	d.token, err = identity.Mint(key, identity.Grant{Issuer: issuer, Audience: audience, Subject: "zhang", IssuedAt: time.Now(), Lifetime: time.Hour})
	must(t, err)
	d.send("PUT", "/v1/tenants/"+d.town+"/members/zhang", strings.NewReader(`{"name":"张三","roles":["director"]}`), nil).want(t, http.StatusCreated)
	filed := d.send("POST", "/v1/tenants/"+d.town+"/cases", strings.NewReader(`{"type":"02","source":"application","title":"排水","facts":"雨水。","claims":"改道。",
		"parties":[{"side":"applicant","kind":"person","name":"甲"},{"side":"respondent","kind":"person","name":"乙"}]}`), nil).want(t, http.StatusCreated)
	d.path = "/v1/tenants/" + d.town + "/cases/" + fmt.Sprint(filed.json(t)["id"])
	return d
}

func (d *desk) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

type answer struct {
	status int
	body   []byte
}

func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %.500s", a.status, status, a.body)
	}
	return a
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var parsed map[string]any
	must(t, json.Unmarshal(a.body, &parsed))
	return parsed
}

func (d *desk) send(method, path string, body io.Reader, header map[string]string) answer {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.server.URL+path, body)
	must(d.t, err)
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	must(d.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(d.t, err)
	return answer{response.StatusCode, text}
}

// attach sends a paper; a reader of another kind than those of bytes and strings has no declared length.
func (d *desk) attach(content io.Reader) answer {
	d.t.Helper()
	return d.send("POST", d.path+"/attachments?kind=evidence", content, map[string]string{"Content-Type": "application/octet-stream",
		"Content-Disposition": "attachment; filename*=UTF-8''" + url.PathEscape("证据.pdf")})
}

// paper is a PDF of about a size.
func paper(size int) string {
	return "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + strings.Repeat("% nothing\n", size/10) + "\n%%EOF\n"
}

func TestAttachments_lieSealedInTheBucket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for reason, send := range map[string]func(string) io.Reader{
		"of declared length": func(content string) io.Reader { return strings.NewReader(content) },
		"of unknown length":  func(content string) io.Reader { return io.MultiReader(strings.NewReader(content)) },
	} {
		content := paper(part + 100_000)
		made := d.attach(send(content)).want(t, http.StatusCreated).json(t)
		if got := d.send("GET", fmt.Sprint(made["content"]), nil, nil).want(t, http.StatusOK); string(got.body) != content {
			t.Errorf("%s: %d bytes come back of %d", reason, len(got.body), len(content))
		}
		part := d.send("GET", fmt.Sprint(made["content"]), nil, map[string]string{"Range": "bytes=5242000-5243000"})
		if part.status == http.StatusPartialContent && string(part.body) != content[5242000:5243001] {
			t.Errorf("%s: another part comes", reason)
		}
		for name, stored := range d.bucket.objects(t) {
			if !strings.HasPrefix(name, d.town+"/") || bytes.Contains(stored, []byte("%PDF")) || bytes.Contains(stored, []byte("% nothing")) {
				t.Errorf("%s: %s lies there as it is, or elsewhere", reason, name)
			}
		}
	}
	if lie := len(d.bucket.objects(t)); lie != 2 {
		t.Errorf("%d objects of two attachments", lie)
	}
}

func TestAttachments_whileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kept := paper(1000)
	made := d.attach(strings.NewReader(kept)).want(t, http.StatusCreated).json(t)
	d.bucket.away.Store(true)
	got := d.attach(strings.NewReader(paper(2000))).want(t, http.StatusServiceUnavailable)
	if code := got.json(t)["code"]; code != "blob-store" || bytes.Contains(got.body, []byte("SlowDown")) || bytes.Contains(got.body, []byte(bucket)) {
		t.Errorf("an upload: %s", got.body)
	}
	if code := d.send("GET", fmt.Sprint(made["content"]), nil, nil).want(t, http.StatusServiceUnavailable).json(t)["code"]; code != "blob-store" {
		t.Errorf("a download: %v", code)
	}
	d.send("GET", d.path, nil, nil).want(t, http.StatusOK) // everything else goes on
	d.bucket.away.Store(false)
	list, _ := d.send("GET", d.path+"/attachments", nil, nil).want(t, http.StatusOK).json(t)["items"].([]any)
	if len(list) != 1 || len(d.bucket.objects(t)) != 1 {
		t.Errorf("half an attachment is there: %d rows, %d objects", len(list), len(d.bucket.objects(t)))
	}
	d.attach(strings.NewReader(paper(2000))).want(t, http.StatusCreated)
	if got := d.send("GET", fmt.Sprint(made["content"]), nil, nil).want(t, http.StatusOK); string(got.body) != kept {
		t.Error("afterwards another content comes")
	}
}

// A town whose data is deleted leaves nothing in the bucket; while the bucket is away the deletion waits, with the keys gone.
func TestDrop_emptiesTheBucket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	store := d.bucket.open(t)
	d.attach(strings.NewReader(paper(1000))).want(t, http.StatusCreated)
	must(t, store.Tenant(other).Put(t.Context(), blobName, strings.NewReader("y"), 1))
	d.bucket.away.Store(true)
	claim := d.county.Claim(tenantdb.KindTownship, d.town)
	problem, _ := tenantdb.AsProblem(d.county.County.Drop(t.Context(), claim, store.RemoveTenant))
	if problem == nil || problem.Reason != tenantdb.ReasonFilesUnreachable || strings.Contains(problem.Message, bucket) {
		t.Errorf("while the bucket is away: %v", problem)
	}
	if keys, err := d.county.County.EnsureDataKey(t.Context(), d.town, d.county.Keys); err != nil || len(keys) != 0 {
		t.Errorf("%d keys are left, %v", len(keys), err)
	}
	d.bucket.away.Store(false)
	for range 2 {
		must(t, d.county.County.Drop(t.Context(), claim, store.RemoveTenant))
	}
	if left := d.bucket.objects(t); len(left) != 1 || string(left[other+"/"+blobName]) != "y" {
		t.Errorf("%d objects are left, want the neighbour's alone", len(left))
	}
}

// TestAttachments_sweep: a store that dies while it holds what came to nothing is cleaned later; what cases refer to stays.
func TestAttachments_sweep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.attach(strings.NewReader(paper(1000))).want(t, http.StatusCreated)
	kept := d.bucket.objects(t)
	service, err := d.shared.Tenant(t.Context(), d.town)
	must(t, err)

	d.bucket.parts.Store(0) // nothing can be stored
	d.attach(strings.NewReader(paper(3000))).want(t, http.StatusServiceUnavailable)
	d.bucket.parts.Store(-1)

	gone := fmt.Sprint(d.attach(strings.NewReader(paper(2000))).want(t, http.StatusCreated).json(t)["id"])
	d.bucket.away.Store(true)
	d.send("POST", d.path+"/attachments/"+gone+"/withdraw", strings.NewReader(`{"reason":"传错"}`), map[string]string{"If-Match": "*"}).want(t, http.StatusOK)
	if _, err := service.SweepBlobs(t.Context()); err != nil && len(d.bucket.objects(t)) != 2 {
		t.Errorf("a sweep while the store is away: %v", err)
	}
	d.bucket.away.Store(false)
	if lie := len(d.bucket.objects(t)); lie != 2 {
		t.Fatalf("%d objects: the withdrawn one could not be removed, so it must still lie there", lie)
	}
	d.ahead.Add(int64(48 * time.Hour))
	removed, err := service.SweepBlobs(t.Context())
	must(t, err)
	left := d.bucket.objects(t)
	if len(left) != 1 || removed == 0 {
		t.Errorf("%d removed, %d left", removed, len(left))
	}
	for name := range kept {
		if !bytes.Equal(left[name], kept[name]) {
			t.Errorf("what a case refers to is not as it was: %s", name)
		}
	}
	if again, err := service.SweepBlobs(t.Context()); err != nil || again != 0 {
		t.Errorf("swept again: %d, %v", again, err)
	}
}
