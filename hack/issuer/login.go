package main

import (
	"context"
	"html/template"
	"net/http"
)

const loginPath = "/login"

// loginForm asks for a name, a password and, from those who have one, a one-time code.
type loginForm struct {
	storage  *storage
	callback func(ctx context.Context, request string) string
}

var loginPage = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>登录 · Sign in</title>
<form method="post" action="/login">
{{with .Wrong}}<p role="alert">{{.}}</p>{{end}}
<input type="hidden" name="request" value="{{.Request}}">
<label>用户名 Name <input name="username" autocomplete="username"></label>
<label>密码 Password <input name="password" type="password" autocomplete="current-password"></label>
<label>动态口令 One-time code <input name="code" inputmode="numeric" autocomplete="one-time-code"></label>
<button>登录 Sign in</button>
</form></html>
`))

type loginView struct{ Request, Wrong string }

func (l loginForm) show(w http.ResponseWriter, r *http.Request) {
	l.render(w, loginView{Request: r.URL.Query().Get("request")})
}

// check sends whoever signed in back to the app, by way of the provider, which makes the code.
func (l loginForm) check(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	request := r.PostFormValue("request")
	if err := l.storage.signIn(request, r.PostFormValue("username"), r.PostFormValue("password"), r.PostFormValue("code")); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		l.render(w, loginView{Request: request, Wrong: err.Error()})
		return
	}
	http.Redirect(w, r, l.callback(r.Context(), request), http.StatusFound)
}

func (l loginForm) render(w http.ResponseWriter, view loginView) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := loginPage.Execute(w, view); err != nil {
		return // the browser has gone
	}
}
