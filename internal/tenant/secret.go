package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// SecretData is what a township's Secret holds.
func (in Input) SecretData() map[string][]byte {
	data := map[string][]byte{
		SecretUser:      []byte(in.Database.User),
		SecretPassword:  []byte(in.Database.LoginPassword),
		SecretDataKeys:  []byte(in.Database.DataKeys),
		SecretCountyKey: []byte(in.Database.CountyKey),
	}
	if blobs := in.Values.Blobs; blobs.Endpoint != "" {
		data[SecretBlobAccessKey], data[SecretBlobSecretKey] = []byte(blobs.AccessKey), []byte(blobs.SecretKey)
	}
	return data
}

// Secret is the township's login, its data keys and the key of look-ups over its county.
func Secret(in Input) *corev1ac.SecretApplyConfiguration {
	return corev1ac.Secret(ObjectName(in.code()), in.namespace()).
		WithLabels(in.labels()).WithOwnerReferences(in.owner()).
		WithType(corev1.SecretTypeOpaque).WithData(in.SecretData())
}

// SecretHash names the content of a Secret without telling it.
func SecretHash(data map[string][]byte) string {
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(data)) {
		sum.Write([]byte(key))
		sum.Write([]byte{0})
		sum.Write(data[key])
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil))[:32]
}
