package main

import (
	"testing"
	"time"
)

// TestAttribute: a sample belongs to the innermost guard of its stack, and only the instance's samples count.
func TestAttribute(t *testing.T) {
	whole, shares := attribute([]byte(`File: bench
Type: cpu
Duration: 18.08s, Total samples = 9.52s (52.65%)
-----------+-------------------------------------------------------
      10ms   crypto/aes.encrypt
             tiaojie.dev/tiaojie/internal/seal.(*Codec).Seal
             tiaojie.dev/tiaojie/internal/postgres.(*tenantTx).Record
             net/http.(*conn).serve
-----------+-------------------------------------------------------
     1.20s   runtime.futex
             runtime.schedule
-----------+-------------------------------------------------------
      20ms   strings.Index (inline)
             tiaojie.dev/tiaojie/internal/mediation.Permit
             net/http.(*conn).serve
-----------+-------------------------------------------------------
      70ms   encoding/json.Marshal
             tiaojie.dev/tiaojie/internal/httpapi.writeJSON
             net/http.(*conn).serve
-----------+-------------------------------------------------------
`))
	if whole != 100*time.Millisecond || shares["encryption"] != 10*time.Millisecond || shares["permission"] != 20*time.Millisecond ||
		shares["journal"] != 0 || shares[""] != 70*time.Millisecond {
		t.Errorf("of %v: %v", whole, shares)
	}
}
