package node

import (
	"context"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// credentialSource returns the token projection of the volume that admission
// mounts into every pod for its service account, nil for any other volume.
func credentialSource(volume *corev1.Volume) *corev1.ServiceAccountTokenProjection {
	if volume.Projected == nil {
		return nil
	}
	for i := range volume.Projected.Sources {
		if token := volume.Projected.Sources[i].ServiceAccountToken; token != nil {
			return token
		}
	}
	return nil
}

func (p *pod) credentialsDir() string { return filepath.Join(p.dir, "serviceaccount") }
func (p *pod) kubeconfigPath() string { return filepath.Join(p.credentialsDir(), "kubeconfig") }

// holdCredentials writes the pod's credentials, if it is to have any, and
// keeps the token fresh until the pod stops. A pod waits for its first token.
func (p *pod) holdCredentials() error {
	var source *corev1.ServiceAccountTokenProjection
	volumes := p.snapshot().Spec.Volumes
	for i := range volumes {
		if s := credentialSource(&volumes[i]); s != nil {
			source = s
		}
	}
	if source == nil {
		return nil
	}
	for {
		lifetime, err := p.writeCredentials(source)
		if err == nil {
			go p.renewCredentials(source, lifetime)
			return nil
		}
		p.waiting("ContainerCreating", "service-account credentials: "+err.Error())
		if !p.sleep(configRetry) {
			return p.stopping.Err()
		}
	}
}

func (p *pod) renewCredentials(source *corev1.ServiceAccountTokenProjection, lifetime time.Duration) {
	for p.sleep(lifetime / 2) {
		renewed, err := p.writeToken(source)
		if err != nil {
			p.event(corev1.EventTypeWarning, "FailedToRenewToken", "service-account token: %s", err)
			renewed = 10 * time.Second
		}
		lifetime = renewed
	}
}

func (p *pod) writeCredentials(source *corev1.ServiceAccountTokenProjection) (time.Duration, error) {
	dir := p.credentialsDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	ca := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(ca, p.agent.options.CA, 0o600); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "namespace"), []byte(p.namespace), 0o600); err != nil {
		return 0, err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["embedded"] = &clientcmdapi.Cluster{Server: p.agent.options.Server, CertificateAuthority: ca}
	config.AuthInfos["pod"] = &clientcmdapi.AuthInfo{TokenFile: filepath.Join(dir, "token")}
	config.Contexts["pod"] = &clientcmdapi.Context{Cluster: "embedded", AuthInfo: "pod", Namespace: p.namespace}
	config.CurrentContext = "pod"
	if err := clientcmd.WriteToFile(*config, p.kubeconfigPath()); err != nil {
		return 0, err
	}
	return p.writeToken(source)
}

// writeToken asks for a token bound to this pod and replaces the file in one
// step, so that no reader sees half of it. It returns the token's lifetime.
func (p *pod) writeToken(source *corev1.ServiceAccountTokenProjection) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: source.ExpirationSeconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: p.name, UID: p.uid},
	}}
	if source.Audience != "" {
		request.Spec.Audiences = []string{source.Audience}
	}
	account := p.snapshot().Spec.ServiceAccountName
	answer, err := p.agent.options.Client.CoreV1().ServiceAccounts(p.namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	token := filepath.Join(p.credentialsDir(), "token")
	if err := os.WriteFile(token+".new", []byte(answer.Status.Token), 0o600); err != nil {
		return 0, err
	}
	if err := os.Rename(token+".new", token); err != nil {
		return 0, err
	}
	return time.Until(answer.Status.ExpirationTimestamp.Time), nil
}
