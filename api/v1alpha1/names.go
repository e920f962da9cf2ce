package v1alpha1

import "strings"

// Labels, annotations and names that several rooms and an administrator share.
const (
	// CountyLabel carries the county's code on its namespace and on everything the operator puts there.
	CountyLabel = "tiaojie.dev/county"
	// TownshipLabel carries the township's code on everything that belongs to it.
	TownshipLabel = "tiaojie.dev/township"
	// Finalizer holds a resource until what stands behind it in PostgreSQL is retained or deleted.
	Finalizer = "tiaojie.dev/database"
	// AdoptAnnotation, set to the resource's own code, lets it take over a database or schema that another
	// installation (or nobody) claims.
	AdoptAnnotation = "tiaojie.dev/adopt"
	// DeleteDataAnnotation, set to the resource's own code, is the second of two deliberate acts that delete data; the
	// first is spec.reclaimPolicy: Delete.
	DeleteDataAnnotation = "tiaojie.dev/delete-data"
	// NamespacePrefix begins the name of every county's namespace.
	NamespacePrefix = "county-"
	// DeskSuffix ends the code of every county desk.
	DeskSuffix = "000"
)

// NamespaceOf is the namespace of a county's townships.
func NamespaceOf(county string) string { return NamespacePrefix + county }

// DeskOf is the code of a county's desk.
func DeskOf(county string) string { return county + DeskSuffix }

// CountyCode is the code of the county that a township's namespace belongs to, "" when the namespace is no county's.
func (t *Township) CountyCode() string {
	code, ok := strings.CutPrefix(t.Namespace, NamespacePrefix)
	if !ok {
		return ""
	}
	return code
}

// IsDesk tells whether this is the county's own tenant.
func (t *Township) IsDesk() bool { return strings.HasSuffix(t.Name, DeskSuffix) }

// Adopts tells whether the resource may take over what another installation claims.
func Adopts(annotations map[string]string, code string) bool {
	return annotations[AdoptAnnotation] == code
}

// DeletesData tells whether both deliberate acts that delete data were taken.
func DeletesData(policy ReclaimPolicy, annotations map[string]string, code string) bool {
	return policy == ReclaimDelete && annotations[DeleteDataAnnotation] == code
}
