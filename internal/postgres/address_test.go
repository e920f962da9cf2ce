package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tiaojie.dev/tiaojie/internal/postgres"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]postgres.Address{
		"postgres://u:p@h:6432/d?sslmode=disable": {Host: "h", Port: 6432, Database: "d", User: "u", Password: "p", SSLMode: "disable"},
		"postgresql://u@h":                        {Host: "h", User: "u"},
		"postgres://u:p%40%2F%3A@[::1]:5432/d":    {Host: "::1", Port: 5432, Database: "d", User: "u", Password: "p@/:"},
		"mysql://u:p-secret@h/d":                  {},
		"u:p-secret@h":                            {},
		"":                                        {},
		"postgres://u:p-secret@h:port/d":          {},
		"postgres://u:p-secret@h:99999/d":         {},
		"postgres://:p-secret@h/d":                {},
		"postgres://u:p-secret@/d":                {},
		"postgres://u:p-secret@h/d?sslmode=never": {},
		"postgres://u:p-secret@h,i/d":             {},
		"postgres://u:p-secret%zz@h/d":            {},
	} {
		got, err := postgres.ParseAddress(text)
		if want == (postgres.Address{}) {
			if !errors.Is(err, postgres.ErrInvalidAddress) || strings.Contains(err.Error(), "p-secret") {
				t.Errorf("%q: %v; want ErrInvalidAddress without the password", text, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// Whatever stands in an address arrives in the driver as it is: nothing becomes another setting.
func TestAddress_quoting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~张三]{1,20}`)
		address := postgres.Address{
			Host: "db.example", Port: rapid.IntRange(1, 65535).Draw(t, "port"), Database: text.Draw(t, "database"),
			User: text.Draw(t, "user"), Password: text.Draw(t, "password"), SSLMode: "disable",
		}
		config, err := address.Config()
		if err != nil {
			t.Fatalf("%+v: %v", address, err)
		}
		c := config.ConnConfig
		if c.Host != address.Host || int(c.Port) != address.Port || c.Database != address.Database || c.User != address.User || c.Password != address.Password || c.TLSConfig != nil {
			t.Fatalf("%+v became %s:%d %q %q %q", address, c.Host, c.Port, c.Database, c.User, c.Password)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	f.Add("postgres://u:p@h:6432/d?sslmode=disable")
	f.Add("postgres://[::1%25eth0]:1/?sslmode=")
	f.Fuzz(func(t *testing.T, text string) {
		address, err := postgres.ParseAddress(text)
		if err != nil {
			if !errors.Is(err, postgres.ErrInvalidAddress) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if _, err := address.Config(); err != nil && !errors.Is(err, postgres.ErrInvalidAddress) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
