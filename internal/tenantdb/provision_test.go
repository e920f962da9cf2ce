package tenantdb_test

import (
	"testing"

	"tiaojie.dev/tiaojie/internal/pgtest"
)

func TestProvision(t *testing.T) {
	f := pgtest.County(t, "孙武镇", "石庙镇")
	state, err := f.County.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", state)
}
