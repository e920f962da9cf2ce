package httpapi_test

import (
	"testing"

	"tiaojie.dev/tiaojie/internal/httpapi"
)

func TestAPI_Document(t *testing.T) {
	api, err := httpapi.New(httpapi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", api.Document())
}
