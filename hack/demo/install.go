package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tiaojie.dev/tiaojie/api/v1alpha1"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	releaseNamespace = "tiaojie-system"
	adminSecret      = "tiaojie-directory-admin"
	audience         = "tiaojie"
	issuer           = "https://development.tiaojie.invalid"
)

// identity is who the demo's people are: one development key that stands for an identity provider.
type identity struct {
	keyFile string
	jwks    string
	tokens  map[string]string // by subject
}

// People of the demo, by subject.
const (
	administrator = "demo-county-administrator" // 县级管理员
	director      = "demo-director"             // 调委会主任 of both towns
	clerk         = "demo-clerk"                // 文员 of both towns
	mediator      = "demo-mediator"             // 调解员 of both towns
	expert        = "demo-expert"               // 专家, who sees what they are invited to
)

func (d *demo) makeIdentity(ctx context.Context) error {
	d.identity = identity{keyFile: filepath.Join(d.dir, "development-key.json"), tokens: map[string]string{}}
	if _, err := d.tiaojie(ctx, "", "token", "new-key", "--out", d.identity.keyFile); err != nil {
		return err
	}
	jwks, err := d.tiaojie(ctx, "", "token", "jwks", "--key", d.identity.keyFile)
	if err != nil {
		return err
	}
	d.identity.jwks = strings.TrimSpace(jwks)
	for subject, name := range map[string]string{administrator: "县管理员", director: "调委会主任", clerk: "文员", mediator: "调解员", expert: "专家"} {
		token, err := d.tiaojie(ctx, "", "token", "mint", "--key", d.identity.keyFile, "--issuer", issuer,
			"--audience", audience, "--subject", subject, "--name", name, "--ttl", "12h")
		if err != nil {
			return err
		}
		d.identity.tokens[subject] = strings.TrimSpace(token)
	}
	return nil
}

// values are the chart's values for this run. $(POD_IP) because all pods of the embedded cluster share one machine.
func (d *demo) values() map[string]any {
	repository, tag := d.cluster.image, ""
	if at := strings.LastIndex(repository, ":"); at > strings.LastIndex(repository, "/") {
		repository, tag = repository[:at], repository[at+1:]
	}
	values := map[string]any{
		"image": map[string]any{"repository": repository, "tag": tag},
		"directory": map[string]any{
			"host": d.postgres.host(), "port": d.postgres.port(), "adminDatabase": d.postgres.database(),
			"sslMode": d.postgres.sslMode(), "adminSecretRef": map[string]any{"name": adminSecret},
		},
		"identity": map[string]any{"issuer": issuer, "audience": audience, "jwks": d.identity.jwks, "allowDevelopmentKeys": true},
	}
	api := map[string]any{"publicURL": d.cluster.url}
	if d.cluster.embedded {
		api["listen"] = map[string]any{"api": "$(POD_IP):8080", "operations": "$(POD_IP):8081"}
		values["worker"] = map[string]any{"listen": map[string]any{"operations": "$(POD_IP):8081"}}
		values["operator"] = map[string]any{"listen": map[string]any{"health": "$(POD_IP):8081", "metrics": "$(POD_IP):8082"}}
	}
	values["api"] = api
	return values
}

// install does what an installer does: a Secret with the admin login, and helm install.
func (d *demo) install(ctx context.Context) error {
	if err := d.apply(ctx,
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": releaseNamespace}},
		map[string]any{
			"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": adminSecret, "namespace": releaseNamespace},
			"stringData": map[string]any{"username": d.postgres.admin.User.Username(), "password": d.postgres.password()},
		}); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(d.values(), "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(d.dir, "values.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return err
	}
	args := []string{"upgrade", "--install", "tiaojie", filepath.Join(d.root, "charts", "tiaojie"), "-n", releaseNamespace, "-f", file}
	if more := os.Getenv("TIAOJIE_DEMO_VALUES"); more != "" {
		args = append(args, "-f", more)
	}
	_, err = d.helm(ctx, args...)
	return err
}

// apply is kubectl apply of some objects.
func (d *demo) apply(ctx context.Context, objects ...map[string]any) error {
	raw, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		return err
	}
	_, err = d.kubectl(ctx, string(raw), "apply", "-f", "-")
	return err
}

func (d *demo) declareServer(ctx context.Context) error {
	if err := d.apply(ctx, map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "PostgresServer", "metadata": map[string]any{"name": "default"},
		"spec": map[string]any{
			"host": d.postgres.host(), "port": d.postgres.port(), "database": d.postgres.database(),
			"sslMode": d.postgres.sslMode(), "adminSecretRef": map[string]any{"name": adminSecret},
		},
	}); err != nil {
		return err
	}
	started := time.Now()
	return poll(ctx, time.Minute, 200*time.Millisecond, func() (bool, string, error) {
		var server v1alpha1.PostgresServer
		if err := d.cluster.client.Get(ctx, client.ObjectKey{Name: "default"}, &server); err != nil {
			return false, "", err
		}
		ready, why := readiness(server.Status.Conditions)
		if ready {
			d.progress.note("PostgreSQL %s, %d connections", server.Status.Version, server.Status.MaxConnections)
		}
		d.progress.tick("%d s: %s", int(time.Since(started).Seconds()), why)
		return ready, "the PostgresServer is not Ready: " + why, d.cluster.exited()
	})
}

// exited says whether the embedded control plane has ended by itself.
func (c *cluster) exited() error {
	if c.process == nil {
		return nil
	}
	return c.process.exited()
}

// onboard is tiaojie onboard | kubectl apply.
func (d *demo) onboard(ctx context.Context) error {
	manifests, err := d.tiaojie(ctx, "", "onboard", county,
		"--administrator-subject", fmt.Sprintf("issuer=%s,subject=%s", issuer, administrator))
	if err != nil {
		return err
	}
	d.applied = time.Now()
	_, err = d.kubectl(ctx, manifests, "apply", "-f", "-")
	return err
}
