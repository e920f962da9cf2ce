package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TownshipSource says who declares a county's townships.
// +kubebuilder:validation:Enum=Declared;FromCatalogue
type TownshipSource string

// The sources of a county's townships.
const (
	SourceDeclared      TownshipSource = "Declared"
	SourceFromCatalogue TownshipSource = "FromCatalogue"
)

// CountySpec is what an administrator declares for one county (县、区).
type CountySpec struct {
	// displayName is the county's name as people read it, for example 惠民县.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	DisplayName string `json:"displayName"`

	// serverRef names the PostgresServer that holds the county's database. It cannot be changed: moving a county is
	// done by restoring its database elsewhere and declaring the county anew.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="serverRef cannot be changed: restore the county's database on the other server, delete this County (its data is retained) and declare it again with the new serverRef"
	ServerRef ServerReference `json:"serverRef"`

	// townships says who declares the county's townships.
	// +optional
	// +kubebuilder:default={}
	Townships CountyTownships `json:"townships,omitzero"`

	// administrators of the county: people of the API and groups of Kubernetes.
	// +optional
	Administrators Administrators `json:"administrators,omitzero"`

	// pods holds what every pod of the county's namespace gets.
	// +optional
	Pods CountyPods `json:"pods,omitzero"`

	// reclaimPolicy says what becomes of the county's database when this resource is deleted. Retain keeps it. Delete
	// drops it, but only when the resource also carries the annotation tiaojie.dev/delete-data with the county's code.
	// +optional
	// +kubebuilder:default=Retain
	ReclaimPolicy ReclaimPolicy `json:"reclaimPolicy,omitempty"`

	// suspend makes every township of the county read-only and stops their own instances. Nothing is deleted.
	// +optional
	// +kubebuilder:default=false
	Suspend bool `json:"suspend,omitempty"`
}

// ServerReference names a PostgresServer.
type ServerReference struct {
	// name of the PostgresServer.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
}

// CountyTownships says who declares a county's townships.
type CountyTownships struct {
	// source is Declared (you declare each Township) or FromCatalogue (the operator declares those of the official
	// division codes that are absent; it never deletes or changes one).
	// +optional
	// +kubebuilder:default=Declared
	Source TownshipSource `json:"source,omitempty"`

	// except lists codes that FromCatalogue leaves out.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:Pattern=`^[1-9][0-9]{8}$`
	// +kubebuilder:validation:items:MaxLength=9
	Except []string `json:"except,omitempty"`
}

// Administrators of a county.
type Administrators struct {
	// groups of Kubernetes that may write the county's Townships and read its workloads.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	Groups []string `json:"groups,omitempty"`

	// subjects are people who administer the county through the API, as their identity provider names them.
	// +optional
	// +listType=map
	// +listMapKey=issuer
	// +listMapKey=subject
	// +kubebuilder:validation:MaxItems=100
	Subjects []Subject `json:"subjects,omitempty"`
}

// Subject is a person as an identity provider (OpenID Connect) names them.
// +kubebuilder:validation:XValidation:rule="!has(self.validFrom) || !has(self.validTo) || self.validFrom <= self.validTo",message="validFrom must not be after validTo"
type Subject struct {
	// issuer is the URL of the identity provider, the token's iss.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Issuer string `json:"issuer"`
	// subject is the person's identifier there, the token's sub.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Subject string `json:"subject"`
	// validFrom is the first day, in Asia/Shanghai, on which the person administers the county. Without it, from now on.
	// +optional
	// +kubebuilder:validation:Format=date
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=10
	ValidFrom string `json:"validFrom,omitempty"`
	// validTo is the last day. Without it, until the person is taken off this list.
	// +optional
	// +kubebuilder:validation:Format=date
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=10
	ValidTo string `json:"validTo,omitempty"`
}

// CountyPods holds what every pod of the county gets.
type CountyPods struct {
	// imagePullSecrets names Secrets in the county's namespace with which its pods pull images.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	ImagePullSecrets []string `json:"imagePullSecrets,omitempty"`

	// nodeSelector restricts the county's pods to nodes with these labels.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(key) <= 317 && size(self[key]) <= 63)",message="a label's key has at most 317 characters and its value at most 63"
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`
}

// CountyStatus is what the operator observed.
type CountyStatus struct {
	// observedGeneration is the generation of the spec that the rest of the status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// namespace holds the county's townships.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// database is the county's PostgreSQL database.
	// +optional
	Database string `json:"database,omitempty"`
	// schemaVersion is the number of the last migration applied to the county's own schema.
	// +optional
	SchemaVersion int32 `json:"schemaVersion,omitempty"`
	// townships counts the county's townships, its desk included.
	// +optional
	Townships TownshipCount `json:"townships,omitzero"`
	// sealKey is the public key that checks the signatures of the records of the county and its townships. Keep a copy
	// elsewhere.
	// +optional
	SealKey string `json:"sealKey,omitempty"`
	// record is the last signed checkpoint of the county's own sealed record that was seen here, at most once an hour.
	// +optional
	Record RecordStatus `json:"record,omitzero"`
	// conditions tell how far the county is and what to do when it is not Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TownshipCount counts townships.
type TownshipCount struct {
	// total is how many exist.
	// +optional
	Total int32 `json:"total"`
	// ready is how many of them are Ready.
	// +optional
	Ready int32 `json:"ready"`
}

// County is one county (县、区): a PostgreSQL database, a namespace county-<code> for its townships and the county's own
// desk. Its name is its six-digit division code.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=cty,categories=tiaojie
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Towns",type=integer,JSONPath=`.status.townships.total`
// +kubebuilder:printcolumn:name="Towns Ready",type=integer,JSONPath=`.status.townships.ready`
// +kubebuilder:printcolumn:name="Schema",type=integer,JSONPath=`.status.schemaVersion`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Server",type=string,priority=1,JSONPath=`.spec.serverRef.name`
// +kubebuilder:printcolumn:name="Database",type=string,priority=1,JSONPath=`.status.database`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[1-9][0-9]{5}$')",message="metadata.name must be the county's six-digit division code, quoted, for example \"371621\""
// +kubebuilder:validation:XValidation:rule="!has(self.spec.townships.except) || self.spec.townships.except.all(code, code.startsWith(self.metadata.name))",message="townships.except holds a code of another county: a township's code begins with its county's"
type County struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what you declare.
	// +required
	Spec CountySpec `json:"spec"`
	// status is what the operator observed.
	// +optional
	Status CountyStatus `json:"status,omitzero"`
}

// CountyList is a list of counties.
// +kubebuilder:object:root=true
type CountyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []County `json:"items"`
}
