package httpapi

import (
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/swaggest/swgui/v5/static"
)

// docsPage and docsScript load nothing from elsewhere, so that the page works on an island network and tells nobody
// that it was opened. The script stands apart from the page because the policy below allows no inline scripts.
const (
	docsPage = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tiaojie API · 人民调解平台接口</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<nav style="font: 14px/1.8 sans-serif; max-width: 1460px; margin: auto; padding: 8px 20px"><a href="/docs">全部接口 All</a>%s</nav>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`
	// A link to an operation or a tag opens that tag alone; without one all tags are there, folded up. The page itself
	// follows what is unfolded in its address without telling anybody; whoever follows a link to another tag loads it.
	docsScript = `const tag = location.hash.split("/")[1] || "";
window.addEventListener("hashchange", () => {
  if ((location.hash.split("/")[1] || "") !== tag) location.reload();
});
window.ui = SwaggerUIBundle({
  url: tag ? "/docs/part/" + tag + ".json" : "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: tag ? "list" : "none",
  defaultModelsExpandDepth: -1,
  showExtensions: true,
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis]
});
`
	docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// serveDocument adds the document and its page to the mux. They are public: they say nothing about anybody.
func (a *API) serveDocument(mux *http.ServeMux) {
	mux.HandleFunc("GET /openapi.json", a.serveBytes("application/json", a.document.json))
	mux.HandleFunc("GET /openapi.yaml", a.serveBytes("application/yaml", a.document.yaml))
	mux.HandleFunc("GET /docs", a.serveBytes("text/html; charset=utf-8", []byte(fmt.Sprintf(docsPage, tagLinks()))))
	mux.HandleFunc("GET /docs/start.js", a.serveBytes("text/javascript; charset=utf-8", []byte(docsScript)))
	mux.HandleFunc("GET /docs/part/{file}", a.servePart())
	for name, kind := range map[string]string{
		"swagger-ui.css":       "text/css; charset=utf-8",
		"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	} {
		mux.HandleFunc("GET /docs/"+name, a.serveGzip(name, kind))
	}
	mux.HandleFunc("GET /docs/favicon-32x32.png", func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).operation = "docs"
		http.ServeFileFS(w, r, static.FS, "favicon-32x32.png")
	})
}

// tagLinks are the links to the parts, by the first words of what each tag is.
func tagLinks() string {
	var links strings.Builder
	for _, tag := range documentTags() {
		words, _, _ := strings.Cut(tag.Description, "：")
		at := strings.LastIndex(words, " ") // what is behind the last blank is Chinese
		fmt.Fprintf(&links, " · <a href=\"#/%s\">%s %s</a>", tag.Name, html.EscapeString(words[at+1:]), tag.Name)
	}
	return links.String()
}

// servePart serves the description of one tag alone; the parts are made when the first is asked for.
func (a *API) servePart() http.HandlerFunc {
	parts := sync.OnceValues(func() (map[string][]byte, error) { return partsOf(a.document) })
	return func(w http.ResponseWriter, r *http.Request) {
		all, err := parts()
		if err != nil {
			a.fail(w, r, err)
			return
		}
		tag, _ := strings.CutSuffix(r.PathValue("file"), ".json")
		content, known := all[tag]
		if !known {
			a.fail(w, r, errNoAddress())
			return
		}
		a.serveBytes("application/json", content)(w, r)
	}
}

func (a *API) serveBytes(kind string, content []byte) http.HandlerFunc {
	tag := contentTag(content)
	return func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).operation = "docs"
		header := w.Header()
		header.Set("Content-Type", kind)
		header.Set("ETag", tag)
		header.Set("Cache-Control", "no-cache")
		header.Set("Content-Security-Policy", docsPolicy)
		if known, err := parseTags(r.Header.Values("If-None-Match")); err == nil && known.names(tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		a.deliver(w, r, content)
	}
}

// serveGzip serves an asset as it is embedded; every browser and curl --compressed take gzip.
func (a *API) serveGzip(name, kind string) http.HandlerFunc {
	content, err := fs.ReadFile(static.FS, name+".gz")
	if err != nil {
		a.faults = append(a.faults, err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).operation = "docs"
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		a.deliver(w, r, content)
	}
}

func (a *API) deliver(w http.ResponseWriter, r *http.Request, content []byte) {
	if _, err := w.Write(content); err != nil {
		a.log.Debug("answer not delivered", "id", exchangeOf(r.Context()).id, "error", err)
	}
}
