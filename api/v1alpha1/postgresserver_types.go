package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SSLMode says how connections to PostgreSQL are protected, in libpq's words.
// +kubebuilder:validation:Enum=disable;require;verify-ca;verify-full
type SSLMode string

// PostgresServerSpec says where a PostgreSQL server (15 or newer) is and how the operator logs in.
type PostgresServerSpec struct {
	// host is the server's name or address as pods of every county reach it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9])?$`
	Host string `json:"host"`

	// port of the server.
	// +optional
	// +kubebuilder:default=5432
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// database is the maintenance database that the operator connects to before it has made one of its own.
	// +optional
	// +kubebuilder:default=postgres
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Database string `json:"database,omitempty"`

	// sslMode says how connections are protected. verify-full checks the server's certificate and its name; disable is
	// for a server on the same machine.
	// +optional
	// +kubebuilder:default=verify-full
	SSLMode SSLMode `json:"sslMode,omitempty"`

	// ca holds the certificates (PEM) that sign the server's. Empty means those that the system trusts.
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	CA string `json:"ca,omitempty"`

	// adminSecretRef names the Secret with the keys username and password of a login that may create roles and
	// databases (CREATEROLE, CREATEDB). It need not and should not be a superuser.
	// +required
	AdminSecretRef SecretReference `json:"adminSecretRef"`

	// maxCounties is how many counties may be placed here. Counties that exist already stay when it is lowered.
	// +optional
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxCounties int32 `json:"maxCounties,omitempty"`
}

// SecretReference names a Secret.
type SecretReference struct {
	// namespace of the Secret. Empty means the operator's own namespace, the only one that its RBAC reads by default.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// PostgresServerStatus is what the operator observed.
type PostgresServerStatus struct {
	// observedGeneration is the generation of the spec that the rest of the status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// version of PostgreSQL.
	// +optional
	Version string `json:"version,omitempty"`
	// counties is how many counties live here.
	// +optional
	Counties int32 `json:"counties"`
	// maxConnections is how many connections the server accepts.
	// +optional
	MaxConnections int32 `json:"maxConnections,omitempty"`
	// conditions tell whether the server can be used and what to do when it cannot.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// PostgresServer is a PostgreSQL server on which counties may be placed. Any PostgreSQL 15 or newer will do, run by
// whoever runs it; the operator makes databases, schemas and roles there and nothing else.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=pgs,categories=tiaojie
// +kubebuilder:printcolumn:name="Host",type=string,JSONPath=`.spec.host`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name="Counties",type=integer,JSONPath=`.status.counties`
// +kubebuilder:printcolumn:name="Max",type=integer,JSONPath=`.spec.maxCounties`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="metadata.name has at most 63 characters"
type PostgresServer struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what you declare.
	// +required
	Spec PostgresServerSpec `json:"spec"`
	// status is what the operator observed.
	// +optional
	Status PostgresServerStatus `json:"status,omitzero"`
}

// PostgresServerList is a list of PostgreSQL servers.
// +kubebuilder:object:root=true
type PostgresServerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []PostgresServer `json:"items"`
}
