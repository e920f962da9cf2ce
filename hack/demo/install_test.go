package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
)

func planned(t *testing.T, image string, embedded bool) map[string]any {
	t.Helper()
	admin, err := url.Parse("postgres://someone:secret@10.0.0.7:6432/maintenance?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{postgres: &postgres{admin: admin}, cluster: &cluster{image: image, embedded: embedded, url: "http://127.0.0.1:1"}}
	return d.values()
}

func TestValues(t *testing.T) {
	values := planned(t, "registry.example:5000/tiaojie:v1", false)
	image := values["image"].(map[string]any)
	if image["repository"] != "registry.example:5000/tiaojie" || image["tag"] != "v1" {
		t.Errorf("the image is %v", image)
	}
	directory := values["directory"].(map[string]any)
	if directory["host"] != "10.0.0.7" || directory["port"] != 6432 || directory["adminDatabase"] != "maintenance" || directory["sslMode"] != "require" {
		t.Errorf("the directory is %v", directory)
	}
	if _, has := values["operator"]; has {
		t.Error("a cluster with pods of its own keeps the chart's listen addresses")
	}
	if tag := planned(t, "registry.example:5000/tiaojie", false)["image"].(map[string]any)["tag"]; tag != "" {
		t.Errorf("a port is taken for the tag %q", tag)
	}
	if planned(t, "a:b", true)["operator"] == nil {
		t.Error("pods of the embedded cluster share one machine: each listens on its own address")
	}
}

func TestJudge(t *testing.T) {
	var out bytes.Buffer
	d := &demo{check: true, progress: &progress{w: &out}}
	d.figure("fast", 1, "s", 5)
	d.figure("slow on a busy machine", 9, "s", 5)
	if err := d.judge(); err != nil {
		t.Errorf("within twice the budget fails: %v", err)
	}
	if text := out.String(); !strings.Contains(text, "✓     1.0 s") || !strings.Contains(text, "✗     9.0 s") {
		t.Errorf("the figures read\n%s", text)
	}
	d.figure("far off", 11, "s", 5)
	if err := d.judge(); err == nil || !strings.Contains(err.Error(), "far off: 11.0 s, budget 5 s") {
		t.Errorf("far beyond the budget: %v", err)
	}
	d.check = false
	if err := d.judge(); err != nil {
		t.Errorf("the demo itself is no test: %v", err)
	}
}
