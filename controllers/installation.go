package controllers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tiaojie.dev/tiaojie/api/v1alpha1"
	"tiaojie.dev/tiaojie/internal/seal"
	"tiaojie.dev/tiaojie/internal/tenant"
	"tiaojie.dev/tiaojie/internal/tenantdb"
)

// installed is what the whole installation shares, once it stands.
type installed struct {
	id        string // of the installation, written into every claim
	keys      tenantdb.Keys
	keyText   string
	formers   string // key-encryption keys before it, separated by commas
	sealText  string // of the key that signs records
	sealKey   string // its public key
	logins    tenantdb.Logins
	directory *tenantdb.Directory
}

// Installation makes and keeps the directory database, the server-wide logins and the two Secrets in the operator's
// namespace. It runs on the leader alone. While it fails, every resource says so in its conditions, and it tries again;
// the process does not end.
type Installation struct {
	operator *Operator

	mu      sync.Mutex
	current *installed
	failure error
	server  *tenantdb.Server
	tried   chan struct{} // closed after the first attempt
	once    sync.Once
}

func newInstallation(operator *Operator) *Installation {
	return &Installation{operator: operator, tried: make(chan struct{})}
}

// NeedLeaderElection makes the manager run it on the leader alone.
func (i *Installation) NeedLeaderElection() bool { return true }

// Start keeps the installation until ctx ends.
func (i *Installation) Start(ctx context.Context) error {
	go i.followReferences(ctx)
	pause := time.Second
	for {
		next := jitter(i.operator.options.Resync)
		if err := i.Ensure(ctx); err != nil {
			log.FromContext(ctx).Error(err, "the directory is not usable; it is tried again", "after", pause.String())
			next, pause = pause, min(2*pause, 30*time.Second)
		} else {
			pause = time.Second
		}
		select {
		case <-ctx.Done():
			i.close()
			return nil
		case <-i.due(ctx, next):
		}
	}
}

// due is closed when it is time to look at everything again: after a while, or as soon as a Secret of the installation is
// seen to be gone or changed. The operator may not watch Secrets, so it asks.
func (i *Installation) due(ctx context.Context, after time.Duration) <-chan struct{} {
	due := make(chan struct{})
	go func() {
		defer close(due)
		for deadline := time.Now().Add(after); ; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(secretPoll, time.Until(deadline))):
			}
			if !time.Now().Before(deadline) || !i.secretsStand(ctx) {
				return
			}
		}
	}()
	return due
}

// secretsStand tells whether both Secrets hold what this process knows. What cannot be told is left to the timer.
func (i *Installation) secretsStand(ctx context.Context) bool {
	i.mu.Lock()
	known := i.current
	if i.failure != nil {
		known = nil
	}
	i.mu.Unlock()
	if known == nil {
		return true
	}
	logins, loginsErr := i.secret(ctx, LoginsSecret)
	keys, keysErr := i.secret(ctx, KeysSecret)
	if loginsErr != nil || keysErr != nil {
		return true
	}
	return string(logins["api-password"]) == known.logins.API && string(logins["worker-password"]) == known.logins.Worker &&
		string(keys["key"]) == known.keyText && string(keys["previous-keys"]) == known.formers && string(keys["seal-key"]) == known.sealText
}

// Ensure makes what is missing, once.
func (i *Installation) Ensure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	before := i.peek()
	made, err := i.ensure(ctx, before)
	i.mu.Lock()
	i.failure = err
	if err == nil {
		i.current = made
	}
	i.mu.Unlock()
	i.once.Do(func() { close(i.tried) })
	ready := 0.0
	if err == nil {
		ready = 1
	}
	i.operator.metrics.directory.Set(ready)
	return err
}

func (i *Installation) peek() *installed {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.current
}

// get gives the installation or says why it does not stand. At start it waits for the first attempt.
func (i *Installation) get(ctx context.Context) (*installed, error) {
	select {
	case <-i.tried:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failure == nil {
		return i.current, nil
	}
	out := outcomeOf(i.failure)
	reason := out.reason
	if reason != v1alpha1.ReasonKeyMissing && reason != v1alpha1.ReasonKeyMismatch {
		reason = v1alpha1.ReasonDirectory
	}
	return nil, &outcome{reason: reason, stalled: out.stalled, unknown: out.unknown, after: 2 * time.Second, cause: i.failure,
		message: "the installation's directory is not usable: " + out.message}
}

func (i *Installation) ensure(ctx context.Context, before *installed) (*installed, error) {
	if i.server == nil {
		server, err := tenantdb.Open(ctx, i.operator.options.Directory)
		if err != nil {
			return nil, err
		}
		i.server = server
	}
	made := &installed{}
	var err error
	if made.logins, err = i.logins(ctx, before); err != nil {
		return nil, err
	}
	if _, err := i.server.EnsureRoles(ctx, made.logins); err != nil {
		return nil, err
	}
	if made.directory, err = i.open(ctx, before); err != nil {
		return nil, err
	}
	id, boundKey, err := made.directory.Installation(ctx)
	if err != nil {
		return nil, err
	}
	made.id = id
	if err := i.keys(ctx, before, boundKey, made); err != nil {
		return nil, err
	}
	if boundKey == "" {
		if err := made.directory.BindKey(ctx, made.keys.Ring.ID()); err != nil {
			return nil, err
		}
	}
	return made, i.rollShared(ctx, made)
}

// open gives the directory database; after a failure it is looked at anew, since somebody may have dropped it.
func (i *Installation) open(ctx context.Context, before *installed) (*tenantdb.Directory, error) {
	i.mu.Lock()
	failed := i.failure != nil
	i.mu.Unlock()
	if before != nil && !failed {
		return before.directory, nil
	}
	made, err := i.server.EnsureDirectory(ctx, i.operator.options.DirectoryName)
	if err == nil && before != nil {
		go before.directory.Close()
	}
	return made, err
}

func (i *Installation) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current != nil {
		i.current.directory.Close()
	}
	if i.server != nil {
		i.server.Close()
	}
	i.current, i.server, i.failure = nil, nil, untold(time.Second, v1alpha1.ReasonDirectory, "the operator is stopping")
}

// logins reads the passwords of the server-wide logins, and makes them once. A Secret deleted while the operator runs
// is written again with the same passwords, so nothing has to restart.
func (i *Installation) logins(ctx context.Context, before *installed) (tenantdb.Logins, error) {
	secret, err := i.secret(ctx, LoginsSecret)
	if err != nil {
		return tenantdb.Logins{}, err
	}
	logins := tenantdb.Logins{API: string(secret["api-password"]), Worker: string(secret["worker-password"])}
	known := tenantdb.Logins{}
	if before != nil {
		known = before.logins
	}
	logins.API = first(logins.API, known.API, password)
	logins.Worker = first(logins.Worker, known.Worker, password)
	return logins, i.keep(ctx, before, LoginsSecret, map[string][]byte{
		"api-user": []byte("tiaojie_api"), "api-password": []byte(logins.API),
		"worker-user": []byte("tiaojie_worker"), "worker-password": []byte(logins.Worker)})
}

// keys reads the key that wraps every tenant's data keys and the one that signs records. The former is made only while
// nothing has been sealed with one: a key made anew would not open what the lost one sealed. The latter is made whenever
// there is none: records then want the lost one's public key to go on.
func (i *Installation) keys(ctx context.Context, before *installed, bound string, made *installed) error {
	secret, err := i.secret(ctx, KeysSecret)
	if err != nil {
		return err
	}
	known := installed{}
	if before != nil {
		known = *before
	}
	text := first(string(secret["key"]), known.keyText, func() string { return "" })
	if text == "" && bound != "" {
		return stall(v1alpha1.ReasonKeyMissing, "Secret %s/%s (key: key) is missing, and personal data is sealed "+
			"with the key %s: restore that Secret from its backup; a new key cannot open the data",
			i.operator.options.Namespace, KeysSecret, bound)
	}
	made.keyText = first(text, "", randomKey)
	made.formers = strings.TrimSpace(string(secret["previous-keys"]))
	if made.keys.Ring, err = seal.ParseKeyring(made.keyText, made.formers, i.operator.options.Cipher); err != nil {
		return stall(v1alpha1.ReasonKeyMissing, "Secret %s/%s holds no usable key: %v; restore it from its backup",
			i.operator.options.Namespace, KeysSecret, err)
	}
	made.keys.Index = i.operator.options.IndexHash
	if bound != "" && !made.keys.Ring.Knows(bound) {
		return stall(v1alpha1.ReasonKeyMismatch, "Secret %s/%s holds the key %s, but personal data is sealed with "+
			"the key %s: restore the right Secret from its backup, or for a rotation put that key into previous-keys",
			i.operator.options.Namespace, KeysSecret, made.keys.Ring.ID(), bound)
	}
	made.sealText = first(string(secret["seal-key"]), known.sealText, randomKey)
	signing, err := seal.ParseSigningKey(made.sealText)
	if err != nil {
		return stall(v1alpha1.ReasonKeyMissing, "Secret %s/%s (key: seal-key) holds no usable signing key: %v; restore it from its backup, "+
			"or remove it to have a new one made", i.operator.options.Namespace, KeysSecret, err)
	}
	made.sealKey = signing.Public().Text()
	data := map[string][]byte{"key": []byte(made.keyText), "seal-key": []byte(made.sealText)}
	if made.formers != "" {
		data["previous-keys"] = []byte(made.formers)
	}
	return i.keep(ctx, before, KeysSecret, data)
}

// randomKey is 32 random bytes as base64.
func randomKey() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // crypto/rand never fails: it ends the process instead
	return base64.StdEncoding.EncodeToString(raw)
}

// keep writes a Secret of the installation and tells as an event when it had been deleted or changed by hand.
func (i *Installation) keep(ctx context.Context, before *installed, name string, data map[string][]byte) error {
	drifted, err := i.operator.apply(ctx, i.shared(name).WithData(data))
	if err != nil || !drifted || before == nil {
		return err
	}
	var secret corev1.Secret
	if err := i.operator.client.Get(ctx, client.ObjectKey{Namespace: i.operator.options.Namespace, Name: name}, &secret); err != nil {
		return err
	}
	i.operator.driftEvent(&secret, "Installation", []string{"Secret " + name})
	return nil
}

func (i *Installation) secret(ctx context.Context, name string) (map[string][]byte, error) {
	var secret corev1.Secret
	err := i.operator.client.Get(ctx, client.ObjectKey{Namespace: i.operator.options.Namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Secret %s: %w", name, err)
	}
	return secret.Data, nil
}

// shared is a Secret of the installation. No resource owns it: it outlives the release.
func (i *Installation) shared(name string) *corev1ac.SecretApplyConfiguration {
	return corev1ac.Secret(name, i.operator.options.Namespace).
		WithLabels(map[string]string{tenant.ManagedByLabel: tenant.Product, tenant.PartOfLabel: tenant.Product}).
		WithType(corev1.SecretTypeOpaque)
}

// rollShared has the pods of the shared API and of the worker start again when the login or the key that they were
// started with changed. At first it only notes them: the pods wait for the Secrets, so they start with these.
func (i *Installation) rollShared(ctx context.Context, made *installed) error {
	options := i.operator.options
	for _, part := range []struct {
		name string
		data map[string][]byte
	}{
		{options.SharedAPI, map[string][]byte{"login": []byte(made.logins.API), "key": []byte(made.keyText), "previous-keys": []byte(made.formers)}},
		{options.Worker, map[string][]byte{"login": []byte(made.logins.Worker), "key": []byte(made.keyText), "previous-keys": []byte(made.formers), "seal-key": []byte(made.sealText)}},
	} {
		hash := tenant.SecretHash(part.data)
		if err := i.roll(ctx, part.name, hash); err != nil {
			return err
		}
	}
	return nil
}

func (i *Installation) roll(ctx context.Context, name, hash string) error {
	operator := i.operator
	deployment := newDeployment(operator.options.Namespace, name)
	err := operator.client.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	noted := deployment.Annotations[tenant.SecretHashAnnotation]
	if noted == hash {
		return nil
	}
	note := fmt.Sprintf(`{"annotations":{%q:%q}}`, tenant.SecretHashAnnotation, hash)
	patch := []byte(`{"metadata":` + note + `}`)
	if noted != "" {
		patch = []byte(`{"metadata":` + note + `,"spec":{"template":{"metadata":` + note + `}}}`)
	}
	return operator.client.Patch(ctx, deployment, client.RawPatch("application/strategic-merge-patch+json", patch),
		client.FieldOwner(fieldOwner))
}

func first(given, known string, otherwise func() string) string {
	if given != "" {
		return given
	}
	if known != "" {
		return known
	}
	return otherwise()
}

// password is 256 random bits in letters that need no quoting anywhere.
func password() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // crypto/rand never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(raw)
}
