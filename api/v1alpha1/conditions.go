package v1alpha1

// The condition types of every kind. Ready is the verdict; a kind carries those of the others that apply to it.
// Reconciling, Stalled, Drifted, Suspended and QuotaExceeded are abnormal when true and absent otherwise, so that
// generic tools (kubectl wait, kstatus, Flux, Argo CD) read the status without knowing the kinds.
const (
	// ConditionReady: served at its URL now (a PostgresServer: usable for counties now).
	ConditionReady = "Ready"
	// ConditionReconciling: something is still under way; it ends by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled: somebody has to act; the message says how.
	ConditionStalled = "Stalled"
	// ConditionDatabaseReady: roles, logins, claims and directory entries in PostgreSQL are as declared.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionSchemaUpToDate: the schema stands at the version that this operator knows.
	ConditionSchemaUpToDate = "SchemaUpToDate"
	// ConditionObjectsApplied: the objects in the cluster are as declared.
	ConditionObjectsApplied = "ObjectsApplied"
	// ConditionWorkloadAvailable: the township's own instances answer.
	ConditionWorkloadAvailable = "WorkloadAvailable"
	// ConditionDrifted: something was changed by hand and is not repaired yet.
	ConditionDrifted = "Drifted"
	// ConditionReferenceBehind: what the province has published is not in the county yet.
	ConditionReferenceBehind = "ReferenceBehind"
	// ConditionSuspended: read-only, because the spec says so.
	ConditionSuspended = "Suspended"
	// ConditionQuotaExceeded: a quota is used up.
	ConditionQuotaExceeded = "QuotaExceeded"
)

// The reasons that conditions carry. The list is closed: tools and alerts may rely on it. Reasons about PostgreSQL
// come from what the server said.
const (
	// ReasonServed: the township's own instance answers at its URL.
	ReasonServed = "Served"
	// ReasonServedByShared: the installation's shared API answers at the URL.
	ReasonServedByShared = "ServedByShared"
	// ReasonSucceeded: done.
	ReasonSucceeded = "Succeeded"
	// ReasonProgressing: under way.
	ReasonProgressing = "Progressing"
	// ReasonSuspended: suspended by the spec.
	ReasonSuspended = "Suspended"
	// ReasonNotReached: an earlier step is not done.
	ReasonNotReached = "NotReached"
	// ReasonInvalid: the declaration can never become true.
	ReasonInvalid = "Invalid"
	// ReasonCountyMissing: the township's County does not exist.
	ReasonCountyMissing = "CountyMissing"
	// ReasonCountyNotReady: the township's County is not provisioned yet.
	ReasonCountyNotReady = "CountyNotReady"
	// ReasonServerMissing: the PostgresServer does not exist.
	ReasonServerMissing = "ServerMissing"
	// ReasonServerNotReady: the PostgresServer is not usable yet.
	ReasonServerNotReady = "ServerNotReady"
	// ReasonServerDeleting: the PostgresServer is being deleted and takes no new counties.
	ReasonServerDeleting = "ServerDeleting"
	// ReasonServerFull: the PostgresServer holds as many counties as it may.
	ReasonServerFull = "ServerFull"
	// ReasonSecretMissing: a Secret that an administrator provides is absent or incomplete.
	ReasonSecretMissing = "SecretMissing"
	// ReasonDirectory: the installation's directory database is not usable.
	ReasonDirectory = "DirectoryUnavailable"
	// ReasonReferenceCopied: what the province has published was copied to the county.
	ReasonReferenceCopied = "ReferenceCopied"
	// ReasonReferenceNotCopied: it could not be copied; the message says why.
	ReasonReferenceNotCopied = "ReferenceNotCopied"
	// ReasonKeyMissing: the installation's key is lost or another one.
	ReasonKeyMissing = "KeyMissing"
	// ReasonWorkloadUnavailable: the township's own instances do not answer.
	ReasonWorkloadUnavailable = "WorkloadUnavailable"
	// ReasonPodsRefused: the cluster refuses to make the township's pods.
	ReasonPodsRefused = "PodsRefused"
	// ReasonScaledToZero: the spec asks for no instance.
	ReasonScaledToZero = "ScaledToZero"
	// ReasonSharedUnavailable: the shared API does not answer and no other instance serves.
	ReasonSharedUnavailable = "SharedAPIUnavailable"
	// ReasonClusterRefused: kube-apiserver refused an object.
	ReasonClusterRefused = "ClusterRefused"
	// ReasonClusterError: kube-apiserver did not answer as expected; it is tried again.
	ReasonClusterError = "ClusterError"
	// ReasonChangedByHand: roles, grants or objects were changed by hand.
	ReasonChangedByHand = "ChangedByHand"
	// ReasonOpenCases: as many cases are open as may be.
	ReasonOpenCases = "OpenCases"
	// ReasonStorage: the attachments take as much as they may.
	ReasonStorage = "Storage"
	// ReasonTownshipsRemain: the county still has townships.
	ReasonTownshipsRemain = "TownshipsRemain"
	// ReasonCountiesRemain: the server still holds counties.
	ReasonCountiesRemain = "CountiesRemain"
	// ReasonDeleting: being deleted.
	ReasonDeleting = "Deleting"

	// Reasons that PostgreSQL gives; internal/tenantdb decides which.
	ReasonUnreachable          = "Unreachable"
	ReasonUnknownHost          = "UnknownHost"
	ReasonWrongPassword        = "WrongPassword"
	ReasonUntrustedCertificate = "UntrustedCertificate"
	ReasonMissingRight         = "MissingRight"
	ReasonTooOld               = "TooOld"
	ReasonNotUTF8              = "NotUTF8"
	ReasonClaimedByAnother     = "ClaimedByAnother"
	ReasonUnclaimed            = "Unclaimed"
	ReasonKeyMismatch          = "KeyMismatch"
	ReasonFilesUnreachable     = "FilesUnreachable"
	ReasonTooManyConnections   = "TooManyConnections"
	ReasonNoEncryption         = "NoEncryption"
	ReasonAccessDenied         = "AccessDenied"
	ReasonInvalidEndpoint      = "InvalidEndpoint"
	ReasonBusy                 = "Busy"
	ReasonAbsent               = "Absent"
	ReasonNotOurs              = "NotOurs"
	ReasonSchemaNewer          = "SchemaNewer"
	ReasonSchemaAltered        = "SchemaAltered"
	ReasonInvalidName          = "InvalidName"
	ReasonUnexpected           = "Unexpected"
)
