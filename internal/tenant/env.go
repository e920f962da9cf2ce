package tenant

import (
	"slices"
	"strconv"
	"strings"

	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Keys of a township's Secret.
const (
	SecretUser      = "user"
	SecretPassword  = "password"
	SecretDataKeys  = "data-keys"
	SecretCountyKey = "county-key"
	// SecretBlobAccessKey and SecretBlobSecretKey are there when attachments lie in a bucket.
	SecretBlobAccessKey = "blob-access-key"
	SecretBlobSecretKey = "blob-secret-key"
)

// env is the contract with `tiaojie api`: everything an instance is told. A test feeds it into the API's own reader.
func (in Input) env() []*corev1ac.EnvVarApplyConfiguration {
	values, db := in.Values, in.Database
	var vars []*corev1ac.EnvVarApplyConfiguration
	if strings.Contains(values.Listen+values.OperationsListen, "$(POD_IP)") {
		vars = append(vars, corev1ac.EnvVar().WithName("POD_IP").WithValueFrom(corev1ac.EnvVarSource().
			WithFieldRef(corev1ac.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath("status.podIP"))))
	}
	plain := [][2]string{
		{"TIAOJIE_TENANT", in.code()},
		{"TIAOJIE_LISTEN", values.Listen},
		{"TIAOJIE_OPERATIONS_LISTEN", values.OperationsListen},
		{"TIAOJIE_DATABASE_HOST", db.Host},
		{"TIAOJIE_DATABASE_PORT", strconv.Itoa(int(db.Port))},
		{"TIAOJIE_DATABASE_NAME", db.Name},
		{"TIAOJIE_DATABASE_SSLMODE", db.SSLMode},
		{"TIAOJIE_DATABASE_CONNECTIONS", strconv.Itoa(in.connections())},
		{"TIAOJIE_DATABASE_CA", db.CA},
		{"TIAOJIE_ISSUER", values.API.Issuer},
		{"TIAOJIE_AUDIENCE", values.API.Audience},
		{"TIAOJIE_JWKS", values.API.JWKS},
		{"TIAOJIE_ISSUERS", values.API.Issuers},
		{"TIAOJIE_SECOND_FACTOR_ACR", values.API.SecondFactorACR},
		{"TIAOJIE_SECOND_FACTOR_AMR", values.API.SecondFactorAMR},
		{"TIAOJIE_SECOND_FACTOR_ROLES", values.API.SecondFactorRoles},
		{"TIAOJIE_ALLOW_DEVELOPMENT_KEYS", flag(values.API.AllowDevelopmentKeys)},
		{"TIAOJIE_PUBLIC_URL", values.API.PublicURL},
		{"TIAOJIE_LOG_LEVEL", values.API.LogLevel},
		{"TIAOJIE_CIPHER", values.API.Cipher},
		{"TIAOJIE_DAILY_REVEALS", figure(values.API.DailyReveals)},
		{"TIAOJIE_BLOB_DIRECTORY", values.Blobs.Directory},
		{"TIAOJIE_BLOB_S3_ENDPOINT", values.Blobs.Endpoint},
		{"TIAOJIE_BLOB_S3_REGION", values.Blobs.Region},
		{"TIAOJIE_BLOB_S3_BUCKET", values.Blobs.Bucket},
		{"GOGC", collectAt},
	}
	for _, pair := range plain {
		if pair[1] != "" {
			vars = append(vars, corev1ac.EnvVar().WithName(pair[0]).WithValue(escape(pair[0], pair[1])))
		}
	}
	if values.Blobs.Endpoint != "" {
		vars = append(vars, in.secretEnv("TIAOJIE_BLOB_S3_ACCESS_KEY", SecretBlobAccessKey), in.secretEnv("TIAOJIE_BLOB_S3_SECRET_KEY", SecretBlobSecretKey))
	}
	return append(vars, in.secretEnv("TIAOJIE_DATABASE_USER", SecretUser),
		in.secretEnv("TIAOJIE_DATABASE_PASSWORD", SecretPassword), in.secretEnv("TIAOJIE_DATA_KEYS", SecretDataKeys),
		in.secretEnv("TIAOJIE_COUNTY_KEY", SecretCountyKey))
}

// collectAt has a town's instance collect garbage when its heap has grown by 40 %, not by 100: it serves few requests, and
// there are as many instances as towns, so memory counts for more than the time of collecting.
const collectAt = "40"

// connections is how many connections one instance may hold, so that all of them and one more for a rollout keep to the
// quota. It is at most three, which serve a town: thus scaling within a generous quota changes no running instance.
func (in Input) connections() int {
	instances := int(max(in.Township.Replicas(), 1)) + surge
	return min(max(int(in.Township.Connections())/instances, 1), 3)
}

func (in Input) secretEnv(name, key string) *corev1ac.EnvVarApplyConfiguration {
	return corev1ac.EnvVar().WithName(name).WithValueFrom(corev1ac.EnvVarSource().
		WithSecretKeyRef(corev1ac.SecretKeySelector().WithName(ObjectName(in.code())).WithKey(key)))
}

// escape keeps a value as it is: Kubernetes would expand $(NAME) in it. Only listen addresses are meant to expand.
func escape(name, value string) string {
	if slices.Contains([]string{"TIAOJIE_LISTEN", "TIAOJIE_OPERATIONS_LISTEN"}, name) {
		return value
	}
	return strings.ReplaceAll(value, "$(", "$$(")
}

func flag(set bool) string {
	if set {
		return "true"
	}
	return ""
}

// figure leaves out what is not set.
func figure(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
