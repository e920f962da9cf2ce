package httpapi

import (
	"errors"
	"strconv"
	"strings"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// etag is the strong entity tag of a version (RFC 9110 §8.8.3).
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// tagList is a parsed If-Match or If-None-Match header.
type tagList struct {
	present bool
	any     bool // "*"
	tags    []entityTag
}

type entityTag struct {
	weak   bool
	opaque string
}

var errTagSyntax = errors.New("not a list of entity tags")

// parseTags reads the field values of If-Match or If-None-Match (RFC 9110 §13.1.1, §13.1.2): "*" or a comma-separated
// list of entity tags, whose opaque parts may hold commas.
func parseTags(values []string) (tagList, error) {
	if len(values) == 0 {
		return tagList{}, nil
	}
	list := tagList{present: true}
	rest := strings.TrimSpace(strings.Join(values, ","))
	if rest == "*" {
		list.any = true
		return list, nil
	}
	for rest != "" {
		var tag entityTag
		if after, ok := strings.CutPrefix(rest, "W/"); ok {
			tag.weak, rest = true, after
		}
		if !strings.HasPrefix(rest, `"`) {
			return tagList{}, errTagSyntax
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return tagList{}, errTagSyntax
		}
		tag.opaque, rest = rest[1:1+end], strings.TrimLeft(rest[end+2:], " \t")
		list.tags = append(list.tags, tag)
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return tagList{}, errTagSyntax
		}
		rest = strings.TrimLeft(rest, ", \t")
	}
	if len(list.tags) == 0 {
		return tagList{}, errTagSyntax
	}
	return list, nil
}

// unchanged says whether If-None-Match holds the version, by weak comparison: the answer is then 304.
func (l tagList) unchanged(version int64) bool {
	if l.any {
		return true
	}
	wanted := strconv.FormatInt(version, 10)
	for _, tag := range l.tags {
		if tag.opaque == wanted {
			return true
		}
	}
	return false
}

// demand turns If-Match into the version that a use case shall insist on, 0 for "*". With one strong tag nothing is
// read; a longer or unusable list is settled against the current version, which current reads. Weak tags never match
// (strong comparison). What is not there for the caller is reported as such before a missing header is.
func (l tagList) demand(current func() (int64, error)) (int64, error) {
	if !l.present {
		if _, err := current(); mediation.KindOf(err) == mediation.NotFound {
			return 0, err
		}
		return 0, errPreconditionRequired()
	}
	if l.any {
		return 0, nil
	}
	if len(l.tags) == 1 {
		if version, ok := l.tags[0].version(); ok {
			return version, nil
		}
	}
	now, err := current()
	if err != nil {
		return 0, err
	}
	for _, tag := range l.tags {
		if version, ok := tag.version(); ok && version == now {
			return version, nil
		}
	}
	return 0, mediation.Fail(mediation.Stale, "stale-version",
		"The resource has changed since you read it: read it again, look at the change, then repeat with its new ETag.",
		"该资源在您读取之后已被修改：请重新读取、核对变化，再用新的 ETag 提交。")
}

// version reads the tag as one that etag made.
func (t entityTag) version() (int64, bool) {
	version, err := strconv.ParseInt(t.opaque, 10, 64)
	if err != nil || version <= 0 || t.weak || strconv.FormatInt(version, 10) != t.opaque {
		return 0, false
	}
	return version, true
}
