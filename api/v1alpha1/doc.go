// Package v1alpha1 answers what an administrator can declare: where databases may live (PostgresServer), which county
// is served (County) and which towns it has (Township). It is floor 0: data, validation markers and small methods on
// them; it knows nothing of databases, of the API or of how a declaration becomes true. Every field here is enforced.
// The comments of the fields are what `kubectl explain` prints. Start reading at township_types.go; conditions.go
// holds every condition and reason that a status may carry.
//
// +kubebuilder:object:generate=true
// +groupName=tiaojie.dev
package v1alpha1
