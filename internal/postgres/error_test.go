package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tiaojie.dev/tiaojie/internal/mediation"
)

func TestRefusal(t *testing.T) {
	t.Parallel()
	sql := func(code string) error {
		return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code, Message: "secret words of the database", Detail: "Key (name)=(张三)"})
	}
	for name, c := range map[string]struct {
		err  error
		kind mediation.Kind
		code string
	}{
		"refusals stay":                {mediation.UnknownCase(), mediation.NotFound, "unknown-case"},
		"connection failure":           {sql("08006"), mediation.Unavailable, "database"},
		"admin shutdown":               {sql("57P01"), mediation.Unavailable, "database"},
		"crash":                        {sql("57P02"), mediation.Unavailable, "database"},
		"starting":                     {sql("57P03"), mediation.Unavailable, "database"},
		"statement timeout":            {sql("57014"), mediation.Unavailable, "database"},
		"disk full":                    {sql("53100"), mediation.Unavailable, "database"},
		"out of memory":                {sql("53200"), mediation.Unavailable, "database"},
		"I/O error":                    {sql("58030"), mediation.Unavailable, "database"},
		"wrong password":               {sql("28P01"), mediation.Unavailable, "database"},
		"database dropped":             {sql("3D000"), mediation.Unavailable, "database"},
		"standby":                      {sql("25006"), mediation.Unavailable, "database"},
		"too many connections":         {sql("53300"), mediation.Unavailable, "busy"},
		"serialisation":                {sql("40001"), mediation.Conflict, "concurrent-change"},
		"deadlock":                     {sql("40P01"), mediation.Conflict, "concurrent-change"},
		"lock timeout":                 {sql("55P03"), mediation.Conflict, "concurrent-change"},
		"line cut":                     {io.ErrUnexpectedEOF, mediation.Unavailable, "database"},
		"line closed":                  {net.ErrClosed, mediation.Unavailable, "database"},
		"network":                      {&net.OpError{Op: "dial", Err: errors.New("refused")}, mediation.Unavailable, "database"},
		"took too long":                {context.DeadlineExceeded, mediation.Unavailable, "database"},
		"the caller left":              {context.Canceled, "", ""},
		"unique violation is a fault":  {sql("23505"), "", ""},
		"missing right is a fault":     {sql("42501"), "", ""},
		"wrong statement is a fault":   {sql("42601"), "", ""},
		"anything else is a fault too": {errors.New("something"), "", ""},
	} {
		err := refusal(c.err)
		if mediation.KindOf(err) != c.kind || mediation.CodeOf(err) != c.code || !errors.Is(err, c.err) {
			t.Errorf("%s: %v (%s), want %s %s", name, err, mediation.KindOf(err), c.kind, c.code)
		}
		var said *mediation.Error
		if !errors.As(err, &said) || name == "refusals stay" {
			continue
		}
		if strings.Contains(said.Message+said.MessageZH, "secret words") || said.RetryAfter == 0 || said.MessageZH == "" {
			t.Errorf("%s: the words are %q, come again after %s", name, said.Message, said.RetryAfter)
		}
	}
	if refusal(nil) != nil {
		t.Error("no failure became one")
	}
}
