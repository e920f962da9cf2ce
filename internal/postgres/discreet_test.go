package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// What PostgreSQL says of values never reaches a log: neither the key of a unique violation, nor a line of COPY, nor data
// that does not fit.
func TestRefusal_namesNoValue(t *testing.T) {
	const secret = "371602188506150426"
	for reason, answer := range map[string]*pgconn.PgError{
		"a unique violation": {Code: "23505", Message: "duplicate key value violates unique constraint", Detail: "Key (a)=(" + secret + ") already exists."},
		"data of no form":    {Code: "22P02", Message: `invalid input syntax for type uuid: "` + secret + `"`},
		"a line of COPY":     {Code: "22021", Message: "invalid byte sequence", Where: "COPY t, line 1: " + secret},
		"a statement":        {Code: "42601", Message: "syntax error", InternalQuery: secret},
		"an outage":          {Code: "57P01", Message: "terminating connection", Detail: secret},
	} {
		err := refusal(fmt.Errorf("write: %w", answer))
		if said := fmt.Sprintf("%v %+v %#v", err, err, *answer); strings.Contains(said, secret) || !strings.Contains(said, answer.Code) {
			t.Errorf("%s: %s", reason, said)
		}
	}
}
