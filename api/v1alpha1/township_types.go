package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TownshipKind says what a township-level unit is.
// +kubebuilder:validation:Enum=Town;Street;Township;Other;Desk
type TownshipKind string

// The kinds of township-level units, after GB/T 10114.
const (
	KindTown     TownshipKind = "Town"     // 镇
	KindStreet   TownshipKind = "Street"   // 街道
	KindTownship TownshipKind = "Township" // 乡
	KindOther    TownshipKind = "Other"    // 类似乡级单位
	KindDesk     TownshipKind = "Desk"     // 县指挥中心
)

// APIMode says which instance serves a township.
// +kubebuilder:validation:Enum=Dedicated;Shared
type APIMode string

// The modes of a township's API.
const (
	ModeDedicated APIMode = "Dedicated" // 独立: a Deployment of its own
	ModeShared    APIMode = "Shared"    // 共享: the installation's shared API
)

// ReclaimPolicy says what becomes of the data when the resource is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type ReclaimPolicy string

// The reclaim policies.
const (
	ReclaimRetain ReclaimPolicy = "Retain"
	ReclaimDelete ReclaimPolicy = "Delete"
)

// TownshipSpec is what an administrator declares for one township (镇、乡、街道).
type TownshipSpec struct {
	// displayName is the township's name as people read it, for example 石庙镇. It appears in lists and documents and
	// may be changed at any time.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	DisplayName string `json:"displayName"`

	// kind says what the unit is: Town (镇), Street (街道), Township (乡) or Other (farms, zones and parks that act as a
	// township). Desk is the county's own command centre (code <county>000), which the operator declares itself.
	// +required
	Kind TownshipKind `json:"kind"`

	// api says which instance of the API serves the township, and how large it is.
	// +optional
	// +kubebuilder:default={}
	API TownshipAPI `json:"api,omitzero"`

	// quotas limit what the township may use.
	// +optional
	// +kubebuilder:default={}
	Quotas TownshipQuotas `json:"quotas,omitzero"`

	// reclaimPolicy says what becomes of the township's cases when this resource is deleted. Retain keeps the schema:
	// declaring the township again finds the old cases. Delete drops it, but only when the resource also carries the
	// annotation tiaojie.dev/delete-data with the township's code.
	// +optional
	// +kubebuilder:default=Retain
	ReclaimPolicy ReclaimPolicy `json:"reclaimPolicy,omitempty"`

	// suspend makes the township read-only and stops its own instance; the shared API still answers reads. Nothing is
	// deleted.
	// +optional
	// +kubebuilder:default=false
	Suspend bool `json:"suspend,omitempty"`
}

// TownshipAPI is the township's instance of the API.
type TownshipAPI struct {
	// mode is Dedicated (独立: a Deployment of its own, logged in to PostgreSQL as this township alone) or Shared (共享:
	// served by the installation's shared API, no pod of its own). URLs are the same in both modes.
	// +optional
	// +kubebuilder:default=Dedicated
	Mode APIMode `json:"mode,omitempty"`

	// replicas is the number of instances in mode Dedicated, 0 to 20. `kubectl scale` and a HorizontalPodAutoscaler set
	// it too. With 0 the shared API serves the township.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=20
	Replicas *int32 `json:"replicas,omitempty"`

	// resources of each instance. What is not written here is 20m CPU and 48Mi requested, 500m and 128Mi at most.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
}

// Resources are the compute resources of one pod.
type Resources struct {
	// requests is what each instance is promised.
	// +optional
	Requests ResourceAmounts `json:"requests,omitzero"`
	// limits is what each instance gets at most.
	// +optional
	Limits ResourceAmounts `json:"limits,omitzero"`
}

// ResourceAmounts are amounts of CPU and memory as Kubernetes writes them.
type ResourceAmounts struct {
	// cpu, for example 50m or 1.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[0-9]+(\.[0-9]+)?m?$`
	CPU string `json:"cpu,omitempty"`
	// memory, for example 64Mi.
	// +optional
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[0-9]+(Ki|Mi|Gi)?$`
	Memory string `json:"memory,omitempty"`
}

// TownshipQuotas limit what one township may use.
type TownshipQuotas struct {
	// openCases is how many cases may be open at the same time; filing beyond it is refused with a problem that says
	// so. 0 means no limit.
	// +optional
	// +kubebuilder:default=5000
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	OpenCases *int32 `json:"openCases,omitempty"`

	// connections is how many database connections the township's own instances may hold together; more than
	// api.replicas. Three for each instance and three for a rollout serve a town well.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=200
	Connections *int32 `json:"connections,omitempty"`

	// storageMiB is how much the attachments of all cases may take together, in MiB; an upload beyond it is refused with
	// a problem that says so. 0 means no limit.
	// +optional
	// +kubebuilder:default=10240
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=104857600
	StorageMiB *int32 `json:"storageMiB,omitempty"`

	// attachments is how many attachments one case may have. 0 means no limit.
	// +optional
	// +kubebuilder:default=200
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	Attachments *int32 `json:"attachments,omitempty"`

	// requestsPerMinute is how many requests each instance of the API answers for the township in a minute, half of them for
	// one caller; more are told when to come again. 0 means no limit.
	// +optional
	// +kubebuilder:default=30000
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	RequestsPerMinute *int32 `json:"requestsPerMinute,omitempty"`
}

// TownshipStatus is what the operator observed.
type TownshipStatus struct {
	// observedGeneration is the generation of the spec that the rest of the status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// endpoint is the URL under which clients reach the township.
	// +optional
	Endpoint string `json:"endpoint,omitempty"`

	// servedBy is the instance that answers at the endpoint now: Dedicated or Shared.
	// +optional
	ServedBy APIMode `json:"servedBy,omitempty"`

	// database is the PostgreSQL database that holds the township.
	// +optional
	Database string `json:"database,omitempty"`

	// schema is the PostgreSQL schema that holds the township's cases.
	// +optional
	Schema string `json:"schema,omitempty"`

	// schemaVersion is the number of the last migration applied to the schema.
	// +optional
	SchemaVersion int32 `json:"schemaVersion,omitempty"`

	// usage is what the township uses of its quotas. It follows in coarse steps: numbers from 100 on are rounded down
	// to two digits.
	// +optional
	Usage TownshipUsage `json:"usage,omitzero"`

	// record is the last signed checkpoint of the township's sealed record that was seen here, at most once an hour. It
	// stands outside the database: size:root is what tiaojie audit verify --checkpoint takes.
	// +optional
	Record RecordStatus `json:"record,omitzero"`

	// replicas is the number of instances that exist now.
	// +optional
	Replicas int32 `json:"replicas"`

	// readyReplicas is the number of instances that answer.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas,omitempty"`

	// selector finds the township's pods, for kubectl scale and HorizontalPodAutoscalers.
	// +optional
	Selector string `json:"selector,omitempty"`

	// conditions tell how far the township is and what to do when it is not Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TownshipUsage is use against quota.
type TownshipUsage struct {
	// openCases is the number of open cases against the quota, for example 12/5000.
	// +optional
	OpenCases string `json:"openCases,omitempty"`
	// storageMiB is what the attachments take together against the quota, in MiB, for example 120/10240.
	// +optional
	StorageMiB string `json:"storageMiB,omitempty"`
}

// RecordStatus is a signed checkpoint of a sealed record.
type RecordStatus struct {
	// size is how many entries the record had.
	// +optional
	Size int64 `json:"size,omitempty"`
	// root is the hash over all of them, base64.
	// +optional
	Root string `json:"root,omitempty"`
	// time is when it was signed.
	// +optional
	Time *metav1.Time `json:"time,omitempty"`
}

// Township is one tenant: a 镇, 乡 or 街道 with its own PostgreSQL schema, API instance and quotas. Its name is its
// nine-digit division code, and it lives in the namespace county-<code of its county>.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.api.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:resource:scope=Namespaced,shortName=tsp,categories=tiaojie
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=`.spec.kind`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.api.mode`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Schema",type=integer,JSONPath=`.status.schemaVersion`
// +kubebuilder:printcolumn:name="Open",type=string,JSONPath=`.status.usage.openCases`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Instance",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="WorkloadAvailable")].status`
// +kubebuilder:printcolumn:name="Endpoint",type=string,priority=1,JSONPath=`.status.endpoint`
// +kubebuilder:validation:XValidation:rule="!has(self.spec.quotas) || !has(self.spec.quotas.connections) || !has(self.spec.api) || !has(self.spec.api.replicas) || self.spec.quotas.connections > self.spec.api.replicas",message="quotas.connections must be greater than api.replicas (one connection for each instance and one for a rollout): raise quotas.connections first"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[1-9][0-9]{8}$')",message="metadata.name must be the township's nine-digit division code, quoted, for example \"371621101\""
// +kubebuilder:validation:XValidation:rule="(self.spec.kind == 'Desk') == self.metadata.name.endsWith('000')",message="kind Desk and a code that ends in 000 belong together: that is the county desk, which the operator declares itself; choose Town, Street, Township or Other and the township's own code"
type Township struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what you declare.
	// +required
	Spec TownshipSpec `json:"spec"`
	// status is what the operator observed.
	// +optional
	Status TownshipStatus `json:"status,omitzero"`
}

// TownshipList is a list of townships.
// +kubebuilder:object:root=true
type TownshipList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Township `json:"items"`
}

// Replicas is how many instances the township asks for in mode Dedicated.
func (t *Township) Replicas() int32 {
	if t.Spec.API.Replicas == nil {
		return 1
	}
	return *t.Spec.API.Replicas
}

// OpenCasesQuota is how many cases may be open, 0 for no limit.
func (t *Township) OpenCasesQuota() int32 {
	if t.Spec.Quotas.OpenCases == nil {
		return 5000
	}
	return *t.Spec.Quotas.OpenCases
}

// StorageQuota is how many bytes the attachments may take together, 0 for no limit.
func (t *Township) StorageQuota() int64 { return int64(orElse(t.Spec.Quotas.StorageMiB, 10240)) << 20 }

// AttachmentsQuota is how many attachments one case may have, 0 for no limit.
func (t *Township) AttachmentsQuota() int32 { return orElse(t.Spec.Quotas.Attachments, 200) }

// RequestsQuota is how many requests a minute an instance answers, 0 for no limit.
func (t *Township) RequestsQuota() int32 { return orElse(t.Spec.Quotas.RequestsPerMinute, 30000) }

func orElse(given *int32, otherwise int32) int32 {
	if given == nil {
		return otherwise
	}
	return *given
}

// Connections is how many database connections the township's instances may hold together.
func (t *Township) Connections() int32 {
	if t.Spec.Quotas.Connections == nil {
		return 10
	}
	return *t.Spec.Quotas.Connections
}

// Dedicated tells whether the township asks for instances of its own.
func (t *Township) Dedicated() bool { return t.Spec.API.Mode != ModeShared }

// Pod defaults of a township's instance.
const (
	DefaultCPURequest    = "20m"
	DefaultMemoryRequest = "48Mi"
	DefaultCPULimit      = "500m"
	DefaultMemoryLimit   = "128Mi"
)

// Amounts is what each instance is promised and what it gets at most, defaults filled in. The strings are quantities.
func (t *Township) Amounts() (requests, limits map[corev1.ResourceName]string) {
	given := Resources{}
	if t.Spec.API.Resources != nil {
		given = *t.Spec.API.Resources
	}
	requests = map[corev1.ResourceName]string{
		corev1.ResourceCPU:    or(given.Requests.CPU, DefaultCPURequest),
		corev1.ResourceMemory: or(given.Requests.Memory, DefaultMemoryRequest),
	}
	limits = map[corev1.ResourceName]string{
		corev1.ResourceCPU:    or(given.Limits.CPU, DefaultCPULimit),
		corev1.ResourceMemory: or(given.Limits.Memory, DefaultMemoryLimit),
	}
	return requests, limits
}

func or(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}
