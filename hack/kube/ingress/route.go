package ingress

import (
	"cmp"
	"net"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// route is one path of one rule.
type route struct {
	// host is empty for any, or begins with "*." for one label of any name.
	host  string
	path  string
	exact bool
	// fallback routes are default backends: any host, any path, last.
	fallback  bool
	namespace string
	ingress   string
	backend   networkingv1.IngressServiceBackend
}

// table is every route, the most specific first.
type table []route

// newTable orders the routes of the Ingress objects: exact hosts before
// wildcards before any host, then longer paths first, then exact before
// prefix, then by name so that equal routes have a steady winner.
func newTable(ingresses []*networkingv1.Ingress) table {
	var t table
	for _, object := range ingresses {
		t = append(t, routesOf(object)...)
	}
	slices.SortFunc(t, func(a, b route) int {
		return cmp.Or(
			cmp.Compare(specificity(b), specificity(a)),
			cmp.Compare(len(b.path), len(a.path)),
			boolean(b.exact)-boolean(a.exact),
			cmp.Compare(a.namespace, b.namespace),
			cmp.Compare(a.ingress, b.ingress),
		)
	})
	return t
}

func routesOf(object *networkingv1.Ingress) []route {
	var routes []route
	add := func(r route, backend *networkingv1.IngressBackend) {
		if backend.Service == nil {
			return
		}
		r.namespace, r.ingress, r.backend = object.Namespace, object.Name, *backend.Service
		routes = append(routes, r)
	}
	for _, rule := range object.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for i := range rule.HTTP.Paths {
			path := &rule.HTTP.Paths[i]
			exact := path.PathType != nil && *path.PathType == networkingv1.PathTypeExact
			add(route{host: strings.ToLower(rule.Host), path: cmp.Or(path.Path, "/"), exact: exact}, &path.Backend)
		}
	}
	if object.Spec.DefaultBackend != nil {
		add(route{fallback: true, path: "/"}, object.Spec.DefaultBackend)
	}
	return routes
}

func specificity(r route) int {
	switch {
	case r.fallback:
		return 0
	case r.host == "":
		return 1
	case strings.HasPrefix(r.host, "*."):
		return 2
	default:
		return 3
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// match finds the route of a request by Host header and path.
func (t table) match(host, path string) (route, bool) {
	host = hostname(host)
	for _, r := range t {
		if hostMatches(r.host, host) && pathMatches(r, path) {
			return r, true
		}
	}
	return route{}, false
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func hostMatches(pattern, host string) bool {
	if pattern == "" || pattern == host {
		return true
	}
	suffix, wildcard := strings.CutPrefix(pattern, "*")
	label, _ := strings.CutSuffix(host, suffix)
	return wildcard && strings.HasSuffix(host, suffix) && label != "" && !strings.Contains(label, ".")
}

// pathMatches compares whole path elements: /v1/a matches /v1/a and /v1/a/b,
// not /v1/ab. A slash at the end of a rule's path says nothing.
func pathMatches(r route, path string) bool {
	if r.exact {
		return path == r.path
	}
	prefix := strings.TrimSuffix(r.path, "/")
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}
