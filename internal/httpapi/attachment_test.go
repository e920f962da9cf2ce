package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pdf is a paper of a size: its head, lines that hold nothing, its end.
func pdf(size int) string {
	head, end := "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "\n%%EOF\n"
	return head + strings.Repeat("% nothing\n", size/10+1)[:max(0, size-len(head)-len(end))] + end
}

const jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"

func named(name string) map[string]string {
	return map[string]string{"Content-Type": "application/octet-stream", "Content-Disposition": "attachment; filename*=UTF-8''" + url.PathEscape(name)}
}

func plus(header map[string]string, more ...string) map[string]string {
	for i := 0; i+1 < len(more); i += 2 {
		header[more[i]] = more[i+1]
	}
	return header
}

// attachTo sends a file as the director.
func (w *world) attachTo(server *httptest.Server, path, name, content string, header ...string) answer {
	w.t.Helper()
	return w.send(server, request{method: "POST", path: path + "/attachments?kind=evidence", as: "director", body: content, header: plus(named(name), header...)})
}

func (w *world) get(server *httptest.Server, path, as string, header ...string) answer {
	w.t.Helper()
	return w.send(server, request{method: "GET", path: path, as: as, header: plus(map[string]string{}, header...)})
}

// blobs lists the names of what lies in the town's directory.
func (w *world) blobs() []string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.files, w.town, "*"))
	w.must(err)
	return found
}

func TestAPI_attachments(t *testing.T) {
	w := newWorld(t)
	w.hire(w.town, "reader", "reader")
	for kind, server := range w.both() {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			path, _ := w.file("附件")
			content := pdf(300_000)
			made := w.attachTo(server, path, "现场𠮷照片䶮.pdf", content).want(t, http.StatusCreated)
			view := made.json(t)
			sum := sha256.Sum256([]byte(content))
			digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
			if view["name"] != "现场𠮷照片䶮.pdf" || view["media"] != "application/pdf" || view["digest"] != digest || view["size"] != float64(len(content)) {
				t.Errorf("%s", made.body)
			}
			w.fetched(t, server, fmt.Sprint(view["content"]), content, digest)
			w.listed(t, server, path)
			w.linked(t, server, path+"/attachments/"+fmt.Sprint(view["id"]), content)
			w.withdrawn(t, server, path, view)
		})
	}
}

func (w *world) fetched(t *testing.T, server *httptest.Server, at, content, digest string) {
	whole := w.get(server, at, "director").want(t, http.StatusOK)
	if whole.body != content || whole.header.Get("Repr-Digest") != digest {
		t.Error("another file comes back")
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store", "Accept-Ranges": "bytes",
		"Content-Disposition": `attachment; filename="attachment.pdf"; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%F0%A0%AE%B7%E7%85%A7%E7%89%87%E4%B6%AE.pdf`,
		"Content-Length":      fmt.Sprint(len(content)),
	} {
		if whole.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, whole.header.Get(name), want)
		}
	}
	for _, cut := range [][2]int{{0, 0}, {1, 65535}, {65530, 65540}, {131071, 131072}, {299_990, 299_999}} {
		part := w.get(server, at, "director", "Range", fmt.Sprintf("bytes=%d-%d", cut[0], cut[1])).want(t, http.StatusPartialContent)
		if part.body != content[cut[0]:cut[1]+1] {
			t.Errorf("bytes %v are others", cut)
		}
	}
	w.get(server, at, "director", "Range", "bytes=400000-").problem(t, http.StatusRequestedRangeNotSatisfiable, "range-not-satisfiable")
	w.get(server, at, "director", "If-None-Match", whole.header.Get("ETag")).want(t, http.StatusNotModified)
	w.get(server, at, "director", "If-Match", `"77"`).problem(t, http.StatusPreconditionFailed, "stale-version")
	w.get(server, at, "reader").problem(t, http.StatusForbidden, "role-required")
	w.get(server, at, "").problem(t, http.StatusUnauthorized, "token-required")
	if head := w.send(server, request{method: "HEAD", path: at, as: "director"}); head.status != 200 || head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(len(content)) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

func (w *world) listed(t *testing.T, server *httptest.Server, path string) {
	w.attachTo(server, path, "b.jpg", jpegHead+strings.Repeat("x", 9000)).want(t, http.StatusCreated)
	page := w.get(server, path+"/attachments?limit=1", "director").want(t, http.StatusOK)
	if !strings.Contains(page.body, `"b.jpg"`) || !strings.Contains(page.body, `"total":{"value":2,"exact":true}`) {
		t.Errorf("newest first: %s", page.body)
	}
	next := fmt.Sprint(page.json(t)["next"])
	if rest := w.get(server, path+"/attachments?limit=1&cursor="+url.QueryEscape(next), "director").want(t, 200); !strings.Contains(rest.body, "现场") || rest.header.Get("Link") != "" {
		t.Errorf("the next page: %s", rest.body)
	}
	masked := w.get(server, path+"/attachments", "reader").want(t, http.StatusOK)
	if strings.Contains(masked.body, "现场") || !strings.Contains(masked.body, `"***.pdf"`) || strings.Contains(masked.body, "成员director") {
		t.Errorf("a reader sees names: %s", masked.body)
	}
}

func (w *world) linked(t *testing.T, server *httptest.Server, at, content string) {
	made := w.send(server, request{method: "POST", path: at + "/links", as: "director"}).want(t, http.StatusCreated).json(t)
	link, found := strings.CutPrefix(fmt.Sprint(made["url"]), "https://tiaojie.example")
	if !found || strings.Contains(link, "director") {
		t.Fatalf("%v", made)
	}
	for other, instance := range w.both() {
		if got := w.get(instance, link, "").want(t, http.StatusOK); got.body != content {
			t.Errorf("by the link on %s another file comes", other)
		}
	}
	parsed, err := url.Parse(link)
	w.must(err)
	query := parsed.Query()
	wrong := map[string]string{
		"another signature": parsed.Path + "?expires=" + query.Get("expires") + "&signature=" + strings.Repeat("A", 43),
		"a later end":       parsed.Path + "?expires=" + query.Get("expires") + "0&signature=" + query.Get("signature"),
		"no signature":      parsed.Path,
		"another link":      strings.Replace(parsed.Path, "attachment-links/0", "attachment-links/1", 1) + "?" + parsed.RawQuery,
		"another tenant":    strings.Replace(link, w.town, w.other, 1),
		"no tenant":         strings.Replace(link, w.town, "999999999", 1),
	}
	for reason, address := range wrong {
		if got := w.get(w.shared, address, ""); got.status != http.StatusNotFound || got.code() != "closed-link" {
			t.Errorf("%s: %d %s", reason, got.status, got.body)
		}
	}
	w.hire(w.town, "leaver", "clerk")
	leaving := w.send(server, request{method: "POST", path: at + "/links", as: "leaver"}).want(t, http.StatusCreated).json(t)
	theirs := strings.TrimPrefix(fmt.Sprint(leaving["url"]), "https://tiaojie.example")
	w.get(server, theirs, "").want(t, http.StatusOK)
	w.send(w.shared, request{method: "DELETE", path: "/v1/tenants/" + w.town + "/members/leaver", as: "administrator"}).want(t, http.StatusNoContent)
	w.get(server, theirs, "").problem(t, http.StatusNotFound, "closed-link")
	w.ahead.Add(int64(5 * 60 * 1e9))
	w.get(server, link, "").problem(t, http.StatusNotFound, "closed-link")
	w.ahead.Add(-int64(5 * 60 * 1e9))
}

func (w *world) withdrawn(t *testing.T, server *httptest.Server, path string, view map[string]any) {
	at := path + "/attachments/" + fmt.Sprint(view["id"])
	refused := w.send(server, request{method: "POST", path: at + "/withdraw", as: "director", body: words{"reason": "重复"}})
	refused.problem(t, http.StatusPreconditionRequired, "if-match-required")
	onFile := w.send(server, request{method: "POST", path: path + "/papers", as: "director", header: map[string]string{"If-Match": "*"},
		body: words{"kind": "evidence", "medium": "file", "attachment": view["id"], "pages": 1}}).want(t, http.StatusOK)
	if !strings.Contains(onFile.body, fmt.Sprint(view["id"])) {
		t.Errorf("the file does not hold the attachment: %s", onFile.body)
	}
	unknown := w.send(server, request{method: "POST", path: path + "/papers", as: "director", header: map[string]string{"If-Match": "*"},
		body: words{"kind": "evidence", "medium": "file", "attachment": "01981c5e-7b4a-7c3e-9f60-4b0f6a1d2c3e", "pages": 1}})
	unknown.problem(t, http.StatusUnprocessableEntity, "invalid-paper")
	withdraw := request{method: "POST", path: at + "/withdraw", as: "director", body: words{"reason": "重复上传"},
		header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": "withdraw-" + fmt.Sprint(view["id"])}}
	w.send(server, withdraw).problem(t, http.StatusConflict, "attachment-on-file")
	w.send(server, request{method: "POST", path: path + "/papers/1/remove", as: "director", header: map[string]string{"If-Match": "*"},
		body: words{"reason": "换为原件"}}).want(t, http.StatusOK)
	before := len(w.blobs())
	gone := w.send(server, withdraw).want(t, http.StatusOK)
	if !strings.Contains(gone.body, "重复上传") || strings.Contains(gone.body, "/content") || len(w.blobs()) != before-1 {
		t.Errorf("%s, %d blobs of %d", gone.body, len(w.blobs()), before)
	}
	if again := w.send(server, withdraw).want(t, http.StatusOK); again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("sent again: %v", again.header)
	}
	w.get(server, at+"/content", "director").problem(t, http.StatusNotFound, "unknown-attachment")
	w.get(server, at, "director").want(t, http.StatusOK)
}

// TestAPI_attachmentsRefused sends what must not be taken in. Nothing of it remains.
func TestAPI_attachmentsRefused(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("附件")
	zip := "PK\x03\x04\x14\x00\x00\x00\x08\x00" + strings.Repeat("\x00", 16)
	docx := func(inside string) string {
		name := "[Content_Types].xml"
		entry := "PK\x03\x04\x14\x00\x06\x00\x08\x00" + strings.Repeat("\x00", 16) + string(rune(len(name))) + "\x00\x00\x00" + name
		word := "word/document.xml"
		return entry + "PK\x03\x04\x14\x00\x06\x00\x08\x00" + strings.Repeat("\x00", 16) + string(rune(len(word))) + "\x00\x00\x00" + word + strings.Repeat("y", 5000) + inside
	}
	end := "PK\x05\x06" + strings.Repeat("\x00", 18)
	for reason, c := range map[string]struct {
		name, content string
		header        []string
		status        int
		code          string
	}{
		"an empty file":                  {"a.pdf", "", nil, 422, "empty-file"},
		"no name":                        {"", pdf(100), []string{"Content-Disposition", "-"}, 422, "invalid-attachment"},
		"a name of no length":            {"", pdf(100), nil, 422, "invalid-attachment"},
		"a disposition that is none":     {"", pdf(100), []string{"Content-Disposition", ";;"}, 422, "invalid-attachment"},
		"a path":                         {"../../etc/passwd.pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a path of another system":       {`..\boot.pdf`, pdf(100), nil, 422, "invalid-attachment"},
		"a hidden file":                  {".pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a name that turns around":       {"a\u202efdp.exe.pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a name with a line end":         {"a\nb.pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a name with U+0000":             {"a\x00.pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a name beyond 200 characters":   {strings.Repeat("长", 200) + ".pdf", pdf(100), nil, 422, "invalid-attachment"},
		"a program":                      {"setup.exe", "MZ", nil, 422, "invalid-attachment"},
		"a page":                         {"a.html", "<html>", nil, 422, "invalid-attachment"},
		"a page that calls itself a PDF": {"a.pdf", "<!DOCTYPE html><script>alert(1)</script>", nil, 422, "attachment-type"},
		"a picture that runs":            {"a.png", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, nil, 422, "attachment-type"},
		"a PDF called picture":           {"a.jpg", pdf(5000), nil, 422, "attachment-type"},
		"a lying Content-Type":           {"a.pdf", pdf(5000), []string{"Content-Type", "image/png"}, 422, "attachment-type"},
		"no Content-Type":                {"a.pdf", pdf(5000), []string{"Content-Type", "-"}, 422, "attachment-type"},
		"an archive":                     {"a.docx", zip + strings.Repeat("z", 5000), nil, 422, "attachment-type"},
		"a bomb":                         {"a.zip", zip, nil, 422, "invalid-attachment"},
		"a script":                       {"a.pdf", pdf(90_000) + "<< /S /JavaScript /JS (app.alert\\(1\\)) >>\n%%EOF\n", nil, 422, "active-content"},
		"a script in the head":           {"a.pdf", "%PDF-1.7\n<< /S /JavaScript >>", nil, 422, "active-content"},
		"a program to launch":            {"a.pdf", pdf(64<<10-3) + "/Launch", nil, 422, "active-content"},
		"macros":                         {"a.docx", docx("word/vbaProject.bin"), nil, 422, "active-content"},
		"picture and PDF":                {"a.jpg", jpegHead + pdf(5000), nil, 422, "attachment-type"},
		"picture and archive":            {"a.jpg", jpegHead + strings.Repeat("x", 70_000) + end, nil, 422, "ambiguous-content"},
		"too large, as declared":         {"a.pdf", "", []string{"Declared", "104857601"}, 413, "body-too-large"},
	} {
		for kind, server := range w.both() {
			var got answer
			if len(c.header) > 0 && c.header[0] == "Declared" {
				got = w.declare(server, path, 100<<20+1)
			} else {
				got = w.attachTo(server, path, c.name, c.content, c.header...)
			}
			if got.status != c.status || got.code() != c.code {
				t.Errorf("%s on %s: %d %s, want %d %s", reason, kind, got.status, got.body, c.status, c.code)
			}
		}
	}
	if left := w.blobs(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	w.attachTo(w.shared, path, "文书.docx", docx("")+"").want(t, http.StatusCreated)
}

// declare sends the head of a file that says it is so long, and no more of it.
func (w *world) declare(server *httptest.Server, path string, length int64) answer {
	w.t.Helper()
	reader, writer := io.Pipe()
	defer writer.Close()
	sent, err := http.NewRequest("POST", server.URL+path+"/attachments", reader)
	w.must(err)
	sent.ContentLength = length
	for name, value := range named("a.pdf") {
		sent.Header.Set(name, value)
	}
	sent.Header.Set("Authorization", "Bearer "+w.token("director"))
	sent.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 1 << 40}}
	response, err := client.Do(sent)
	w.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	w.must(err)
	return answer{response.StatusCode, response.Header, string(text)}
}

// TestAPI_attachmentOnce: the same file sent again under one key is one attachment; another file under it is refused.
func TestAPI_attachmentOnce(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("附件")
	one := w.attachTo(w.shared, path, "a.pdf", pdf(5000), "Idempotency-Key", "photo-1").want(t, http.StatusCreated)
	again := w.attachTo(w.dedicated, path, "a.pdf", pdf(5000), "Idempotency-Key", "photo-1").want(t, http.StatusCreated)
	if again.header.Get("Idempotency-Replayed") != "true" || again.json(t)["id"] != one.json(t)["id"] || len(w.blobs()) != 1 {
		t.Errorf("sent again: %s, %d blobs", again.body, len(w.blobs()))
	}
	w.attachTo(w.shared, path, "a.pdf", pdf(5001), "Idempotency-Key", "photo-1").problem(t, http.StatusConflict, "key-reused")
	w.attachTo(w.shared, path, "b.pdf", pdf(5000), "Idempotency-Key", "photo-1").problem(t, http.StatusConflict, "key-reused")
	if len(w.blobs()) != 1 {
		t.Errorf("%d blobs of one attachment", len(w.blobs()))
	}
}

// TestAPI_attachmentSealed: what lies in the directory is not the file, and what was changed there is never delivered.
func TestAPI_attachmentSealed(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("附件")
	content := pdf(200_000)
	at := fmt.Sprint(w.attachTo(w.shared, path, "a.pdf", content).want(t, http.StatusCreated).json(t)["content"])
	stored, err := os.ReadFile(w.blobs()[0])
	w.must(err)
	if bytes.Contains(stored, []byte("%PDF")) || bytes.Contains(stored, []byte("% nothing")) {
		t.Error("the file lies there as it is")
	}
	change := func(how func(b []byte) []byte) {
		w.must(os.WriteFile(w.blobs()[0], how(bytes.Clone(stored)), 0o600))
	}
	for reason, how := range map[string]func(b []byte) []byte{
		"a bit turned":  func(b []byte) []byte { b[100] ^= 1; return b },
		"all of it cut": func(b []byte) []byte { return nil },
		"chunks swapped": func(b []byte) []byte {
			size := 64<<10 + 16
			return bytes.Join([][]byte{b[size : 2*size], b[:size], b[2*size:]}, nil)
		},
	} {
		change(how)
		if got := w.get(w.shared, at, "director"); got.status != 503 || got.code() != "attachment-damaged" {
			t.Errorf("%s: %d %.200s", reason, got.status, got.body)
		}
	}
	change(func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
	if got, err := w.try(w.shared, request{method: "GET", path: at, as: "director"}); err == nil || !strings.HasPrefix(content, got.body) {
		t.Errorf("a changed end is delivered: %d bytes, %v", len(got.body), err)
	}
	w.must(os.Remove(w.blobs()[0]))
	w.get(w.shared, at, "director").problem(t, http.StatusServiceUnavailable, "attachment-damaged")
}

// TestAPI_attachmentBroken: a sender who breaks off leaves nothing behind.
func TestAPI_attachmentBroken(t *testing.T) {
	w := newWorld(t)
	path, _ := w.file("附件")
	for name, server := range w.both() {
		reader, writer := io.Pipe()
		sent, err := http.NewRequest("POST", server.URL+path+"/attachments", reader)
		w.must(err)
		sent.ContentLength = 1 << 20
		for header, value := range named("a.pdf") {
			sent.Header.Set(header, value)
		}
		sent.Header.Set("Authorization", "Bearer "+w.token("director"))
		go func() {
			_, _ = writer.Write([]byte(pdf(300_000)))
			writer.CloseWithError(io.ErrClosedPipe)
		}()
		if response, err := http.DefaultTransport.RoundTrip(sent); err == nil {
			response.Body.Close()
			t.Errorf("%s: half a file is answered with %d", name, response.StatusCode)
		}
	}
	for range 100 {
		if len(w.blobs()) == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if left := w.blobs(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if list := w.get(w.shared, path+"/attachments", "director").want(t, http.StatusOK); !strings.Contains(list.body, `"items":[]`) {
		t.Errorf("half a file is an attachment: %s", list.body)
	}
}

// TestAPI_attachmentsOfTheRecused: whoever must not open the case gets none of its files, neither their list nor a link.
func TestAPI_attachmentsOfTheRecused(t *testing.T) {
	w := newWorld(t)
	k := w.clerk(t, w.shared, "回避的附件")
	made := w.attachTo(w.shared, k.path, "a.pdf", pdf(2000)).want(t, http.StatusCreated).json(t)
	at, content := k.path+"/attachments/"+fmt.Sprint(made["id"]), fmt.Sprint(made["content"])
	k.verbs("accept", "assign")
	w.hire(w.town, "zhao", "director")
	for _, server := range w.both() {
		w.get(server, content, "zhao").want(t, http.StatusOK)
		w.get(server, at, "zhao").want(t, http.StatusOK)
	}
	k.do("recusals", words{"mediator": words{"subject": "zhao", "issuer": issuer, "name": "赵"}, "ground": "kin"})
	for where, server := range w.both() {
		for _, path := range []string{k.path + "/attachments", at, content} {
			if got := w.get(server, path, "zhao"); got.status != http.StatusForbidden || got.code() != "recused" || strings.Contains(got.body, "a.pdf") {
				t.Errorf("%s: %s: %d %s", where, path, got.status, got.body)
			}
		}
		if got := w.send(server, request{method: "POST", path: at + "/links", as: "zhao", body: words{}}); got.status != http.StatusForbidden || got.code() != "recused" {
			t.Errorf("%s: a link: %d %s", where, got.status, got.body)
		}
		if got := w.send(server, request{method: "POST", path: k.path + "/attachments?kind=evidence", as: "zhao", body: pdf(2000), header: named("b.pdf")}); got.code() != "recused" {
			t.Errorf("%s: an upload: %d %s", where, got.status, got.body)
		}
		w.get(server, content, "director").want(t, http.StatusOK)
	}
}
