package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a member of a JSON merge patch (RFC 7396): absent leaves the value alone, null clears it.
type Optional[T any] struct {
	Set   bool // the member was there
	Null  bool // and was null
	Value T
}

// UnmarshalJSON is called only for members that are there.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	o.Set = true
	if bytes.Equal(bytes.TrimSpace(text), []byte("null")) {
		o.Null = true
		return nil
	}
	return json.Unmarshal(text, &o.Value)
}

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.Set || o.Null {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// Schema documents the member as its value.
func (o Optional[T]) Schema(registry huma.Registry) *huma.Schema {
	return huma.SchemaFromType(registry, reflect.TypeFor[T]())
}
