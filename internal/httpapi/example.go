package httpapi

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"tiaojie.dev/tiaojie/internal/mediation"
)

// peopleMasked are the answers that show people. They share their fields with requests, whose examples are plain; what
// the document shows of an answer is masked as the API masks it.
var peopleMasked = []string{"PartyView", "LeadPartyView", "RegisteredMediatorView"}

// maskExamples replaces the examples of personal numbers and addresses in answers. It fails when an answer that it knows
// has gone, so that the list above stays true.
func maskExamples(schemas huma.Registry) error {
	for _, name := range peopleMasked {
		schema, known := schemas.Map()[name]
		if !known {
			return fmt.Errorf("mask the examples of %s: the document has no such schema", name)
		}
		for field, mask := range map[string]func(string) string{
			"identityNumber": mediation.MaskIdentity, "phone": mediation.MaskPhone, "address": mediation.MaskAddress,
		} {
			if property := schema.Properties[field]; property != nil {
				for i, example := range property.Examples {
					property.Examples[i] = mask(fmt.Sprint(example))
				}
			}
		}
	}
	return nil
}
