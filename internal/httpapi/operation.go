package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// actionKey is where an operation's metadata holds its mediation.Action.
const actionKey = "action"

// streamedKey and signedKey are where an operation's metadata holds the fields of their names.
const (
	streamedKey = "streamed"
	signedKey   = "signed"
)

// uploadKey is where an operation's metadata holds the media types of the file that it takes.
const uploadKey = "upload"

// operation is what one operation of the API declares. Everything else about it (security, errors, headers, roles in
// the document) follows from these fields.
type operation struct {
	id           string // kebab-case, verb first
	method, path string
	tag          string
	action       mediation.Action
	summary      string
	summaryZH    string
	description  string
	status       int  // of success, 200 when zero
	guarded      bool // demands If-Match
	conditional  bool // answers 304 to If-None-Match
	statuses     []int
	example      any      // of the request body; of a file, in the first of its media types
	media        string   // of the answer, where it is not JSON but a file; several are separated by commas
	upload       []string // media types of the request's body, where it is not JSON but a file
	streamed     bool     // the handler moves the body itself: it is not read before, nor held
	signed       bool     // needs no token: its address is signed, and the handler checks that
}

// register adds an operation. Faults are collected and make New fail.
func register[I, O any](a *API, op operation, handle func(context.Context, *I) (*O, error)) {
	if err := op.check(); err != nil {
		a.faults = append(a.faults, err)
		return
	}
	a.operations = append(a.operations, op)
	if op.guarded {
		a.verbs[op.action] = op
	}
	described := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path,
		Summary: op.summary, Description: op.describe(), Tags: []string{op.tag}, DefaultStatus: op.status,
		Metadata:   map[string]any{actionKey: op.action, uploadKey: op.upload, streamedKey: op.streamed, signedKey: op.signed},
		Security:   op.security(),
		Extensions: op.extensions(),
		Responses:  op.problems(),
		// The stage readRequest has bounded the body; Huma's own limit refuses one of exactly its size.
		MaxBodyBytes: maxBody + 1,
	}
	if op.upload != nil {
		described.MaxBodyBytes = maxUpload + 1
	}
	huma.Register(a.huma, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	if op.upload != nil {
		a.describeUpload(op)
	}
	if op.example != nil {
		a.addExample(op)
	}
}

// describe is the description that the document shows: what it is in Chinese, what it does, and who may, by the table.
func (op operation) describe() string {
	return op.summaryZH + "\n\n" + op.description + "\n\n" + op.whoMay()
}

// whoMay names the roles of the permission table in both languages.
func (op operation) whoMay() string {
	roles := op.action.Roles()
	switch {
	case op.signed:
		return "Who may: whoever holds the link; it acts for its maker. 谁可以：持有链接者，以生成链接者的身份。"
	case op.action.Open():
		return "Who may: everybody with a token. 谁可以：持有令牌的任何人。"
	case len(roles) == 0:
		return "Who may: nobody. 谁可以：无人。"
	}
	list, _ := codeList("roles")
	var en, zh []string
	for _, code := range list.Codes {
		if slices.Contains(roles, mediation.Role(code.Code)) {
			en, zh = append(en, code.Code), append(zh, code.ZH)
		}
	}
	return "Who may: " + strings.Join(en, ", ") + ". 谁可以：" + strings.Join(zh, "、") + "。"
}

// security is a bearer token, or for a signed address nothing.
func (op operation) security() []map[string][]string {
	if op.signed {
		return []map[string][]string{{}}
	}
	return []map[string][]string{{"bearer": {}}}
}

// describeUpload tells the document which files the operation takes.
func (a *API) describeUpload(op operation) {
	content := map[string]*huma.MediaType{}
	for _, media := range op.upload {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Extensions: map[string]any{"contentMediaType": media}}}
	}
	a.huma.OpenAPI().Paths[op.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: content}
}

func (op operation) check() error {
	switch {
	case op.id == "" || op.method == "" || op.path == "":
		return errors.New("an operation has no id, method or path")
	case op.action == "":
		return fmt.Errorf("operation %s has no action: name one of the permission table", op.id)
	case !op.action.Known():
		return fmt.Errorf("operation %s has the action %s, which the permission table does not know", op.id, op.action)
	case op.summary == "" || op.summaryZH == "" || op.description == "":
		return fmt.Errorf("operation %s has no summary in both languages, or no description", op.id)
	}
	return nil
}

func (op operation) extensions() map[string]any {
	roles := op.action.Roles()
	if roles == nil {
		roles = []mediation.Role{}
	}
	return map[string]any{
		"x-summary-zh":     op.summaryZH,
		"x-action":         op.action,
		"x-required-roles": roles,
	}
}

// problems documents the refusals that an operation can answer with.
func (op operation) problems() map[string]*huma.Response {
	statuses := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusBadRequest}
	statuses = append(statuses, op.statuses...)
	if op.method != http.MethodGet {
		statuses = append(statuses, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.guarded {
		statuses = append(statuses, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if strings.HasPrefix(op.path, "/v1/tenants/{tenant}/") {
		statuses = append(statuses, http.StatusGone)
	}
	slices.Sort(statuses)
	documented := map[string]*huma.Response{}
	if op.conditional {
		documented[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
	}
	if op.media != "" {
		content := map[string]*huma.MediaType{}
		for _, media := range strings.Split(op.media, ",") {
			content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Extensions: map[string]any{"contentMediaType": media}}}
		}
		documented[strconv.Itoa(http.StatusOK)] = &huma.Response{Content: content}
	}
	for _, status := range slices.Compact(statuses) {
		documented[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/Problem" + strconv.Itoa(status)}
	}
	return documented
}

// addExample puts a request body that works into the document.
func (a *API) addExample(op operation) {
	item := a.huma.OpenAPI().Paths[op.path]
	for _, registered := range []*huma.Operation{item.Post, item.Put, item.Patch} {
		if registered == nil || registered.OperationID != op.id || registered.RequestBody == nil {
			continue
		}
		for media, content := range registered.RequestBody.Content {
			if op.upload == nil || media == op.upload[0] { // what is a table in one form is no table in another
				content.Example = op.example
			}
		}
	}
}
