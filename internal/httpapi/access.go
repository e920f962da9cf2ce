package httpapi

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// Digits of the codes of units (GB/T 2260, GB/T 10114).
const (
	tenantCodeSize = 9
	countyCodeSize = 6
)

// authenticate is the first stage behind routing: who asks? Every operation needs a bearer token (RFC 6750).
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	e := exchangeOf(r.Context())
	e.operation = ctx.Operation().OperationID
	if signed, _ := ctx.Operation().Metadata[signedKey].(bool); signed {
		next(ctx)
		return
	}
	token, err := bearer(r.Header)
	if err == nil {
		e.who, err = a.verifier.Verify(r.Context(), token)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	next(ctx)
}

// bearer takes the token out of the Authorization header.
func bearer(header http.Header) (string, error) {
	values := header.Values("Authorization")
	if len(values) == 0 {
		return "", mediation.Fail(mediation.Unauthenticated, "token-required",
			"Send a token of your identity provider: Authorization: Bearer <token>.",
			"请在 Authorization 头中携带身份提供方签发的令牌：Bearer <令牌>。")
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if len(values) > 1 || !found || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return "", mediation.Fail(mediation.Unauthenticated, "token-malformed",
			"The Authorization header must be: Bearer <token>.", "Authorization 头须为：Bearer <令牌>。")
	}
	return strings.TrimSpace(token), nil
}

// authorise is the second stage: may they do this here? It runs before the body is read, so whoever may not do
// something learns nothing about it, not even which fields it wants. Use cases ask mediation.Permit again.
func (a *API) authorise(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	e := exchangeOf(r.Context())
	if signed, _ := ctx.Operation().Metadata[signedKey].(bool); signed {
		err := a.enterSigned(r, e)
		if err == nil {
			err = a.admit(w, r, e)
		}
		if err != nil {
			a.fail(w, r, err)
			return
		}
		next(ctx)
		return
	}
	action, _ := ctx.Operation().Metadata[actionKey].(mediation.Action)
	e.action, e.object = action, e.objectOf(r)
	if err := a.enterUnit(r, e); err != nil {
		a.fail(w, r, err)
		return
	}
	if e.actor.Subject == "" { // no unit in the path
		e.actor = mediation.Actor{Principal: e.who}
	}
	if err := a.admit(w, r, e); err != nil {
		a.fail(w, r, err)
		return
	}
	e.actor = e.actor.Withhold(a.strong)
	if err := mediation.Permit(e.actor, action); err != nil {
		a.fail(w, r, err)
		return
	}
	next(ctx)
}

// enterSigned finds the tenant of a signed address. Who comes without a token learns nothing from what is wrong with it.
func (a *API) enterSigned(r *http.Request, e *exchange) error {
	code := r.PathValue("tenant")
	if !isUnitCode(code, tenantCodeSize) {
		return mediation.ClosedLink()
	}
	tenant, err := a.backend.Tenant(r.Context(), code)
	if mediation.KindOf(err) == mediation.NotFound {
		return mediation.ClosedLink()
	}
	e.tenant = tenant
	return err
}

// enterUnit finds the tenant or county of the path and who the caller is in it.
func (a *API) enterUnit(r *http.Request, e *exchange) error {
	if code := r.PathValue("tenant"); code != "" {
		if !isUnitCode(code, tenantCodeSize) {
			return errUnknownUnit()
		}
		tenant, err := a.backend.Tenant(r.Context(), code)
		if err != nil {
			return err
		}
		e.tenant = tenant
		e.actor, err = tenant.Actor(r.Context(), e.who)
		return err
	}
	if code := r.PathValue("county"); code != "" {
		if !isUnitCode(code, countyCodeSize) {
			return errUnknownUnit()
		}
		county, err := a.backend.County(r.Context(), code)
		if err != nil {
			return err
		}
		e.county = county
		e.actor, err = county.Actor(r.Context(), e.who)
		return err
	}
	return nil
}

// isUnitCode keeps everything but digits of the right number away from the directory.
func isUnitCode(code string, size int) bool {
	return len(code) == size && strings.Trim(code, "0123456789") == ""
}

func errUnknownUnit() error {
	return mediation.Fail(mediation.NotFound, "unknown-unit",
		"There is no such county or township here: check the code against /v1/tenants.",
		"没有这个区县或乡镇：请对照 /v1/tenants 核对代码。")
}
