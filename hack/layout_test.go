// Package hack holds what builds, checks and shows the project. This test holds its walls: which room stands on which
// floor, what it may import, and what may stand at the top of the tree.
package hack

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "tiaojie.dev/tiaojie"

const (
	testRoom = -1 // imported by tests only
	toolRoom = -2 // a program beside the product: may import what it shows or measures
)

// floors lists every room. A room that is not here, or is here without code, fails the test.
var floors = map[string]int{
	"api/v1alpha1":        0,
	"internal/mediation":  0,
	"internal/division":   0,
	"internal/seal":       0,
	"internal/deadline":   0,
	"internal/registry":   0,
	"internal/casework":   1,
	"internal/paper":      1,
	"internal/ledger":     1,
	"internal/countywide": 1,
	"internal/tenant":     1,
	"internal/postgres":   2,
	"internal/tenantdb":   2,
	"internal/identity":   2,
	"internal/docking":    2,
	"internal/blob":       2,
	"internal/httpapi":    2,
	"controllers":         2,
	"internal/command":    3,
	"":                    4,
	"internal/pgtest":     testRoom,
	"hack":                testRoom,
	"hack/bench":          toolRoom,
	"hack/demo":           toolRoom,
	"hack/division":       toolRoom,
	"hack/calendar":       toolRoom,
	"hack/npm":            toolRoom,
}

// sideways lists the only arrows between rooms of one floor.
var sideways = map[string]string{
	"internal/httpapi":  "internal/identity",
	"controllers":       "internal/tenantdb",
	"internal/tenantdb": "internal/postgres",
}

// forbidden lists arrows that go down and are wrong all the same.
var forbidden = map[string][]string{
	"controllers":     {"internal/casework", "internal/mediation", "internal/httpapi"},
	"internal/tenant": {"internal/casework", "internal/mediation", "internal/httpapi"},
}

var kubernetes = []string{"k8s.io/", "sigs.k8s.io/"}

// outside lists third-party prefixes a room must not reach.
var outside = map[string][]string{
	"internal/division":   kubernetes,
	"internal/seal":       kubernetes,
	"internal/casework":   append([]string{"github.com/jackc/", "github.com/danielgtaylor/"}, kubernetes...),
	"internal/ledger":     append([]string{"github.com/jackc/", "github.com/danielgtaylor/", "net/http"}, kubernetes...),
	"internal/paper":      append([]string{"github.com/jackc/", "github.com/danielgtaylor/", "net/http"}, kubernetes...),
	"internal/countywide": append([]string{"github.com/jackc/", "github.com/danielgtaylor/"}, kubernetes...),
	"internal/postgres":   append([]string{"github.com/danielgtaylor/"}, kubernetes...),
	"internal/identity":   append([]string{"github.com/jackc/"}, kubernetes...),
	"internal/httpapi":    append([]string{"github.com/jackc/", "database/sql"}, kubernetes...),
	"internal/docking":    append([]string{"github.com/jackc/", "github.com/danielgtaylor/"}, kubernetes...),
	"internal/tenantdb":   kubernetes,
	"internal/blob":       append([]string{"github.com/jackc/", "github.com/danielgtaylor/", "net/http"}, kubernetes...),
	"controllers":         {"github.com/jackc/", "github.com/danielgtaylor/"},
	"internal/tenant":     {"github.com/jackc/", "github.com/danielgtaylor/"},
}

// pure rooms see the standard library only.
var pure = []string{"internal/mediation", "internal/deadline", "internal/registry"}

var bannedNames = []string{"util", "utils", "common", "helpers", "helper", "shared", "types", "models", "misc", "base"}

var topLevel = []string{
	"api", "controllers", "config", "charts", "internal", "hack", "Makefile", "go.mod", "go.sum", "README.md",
	"main.go", "Dockerfile", "LICENSE",
}

const (
	maxRooms = 20 // that ship
	maxLines = 600
)

// TestLayout holds the tree as it is.
func TestLayout(t *testing.T) {
	for _, fault := range check(os.DirFS("..")) {
		t.Error(fault)
	}
}

// TestLayout_planted proves that the check sees each kind of fault, on every run.
func TestLayout_planted(t *testing.T) {
	cases := map[string]struct{ file, source, want string }{
		"an upward import":                      {"internal/mediation/x.go", `package mediation; import _ "` + module + `/internal/postgres"`, "must not import internal/postgres"},
		"a sideways import on the ground floor": {"internal/seal/x.go", `package seal; import _ "` + module + `/internal/mediation"`, "must not import internal/mediation"},
		"a sideways import between adapters":    {"internal/postgres/x.go", `package postgres; import _ "` + module + `/internal/httpapi"`, "must not import internal/httpapi"},
		"an operator that reads cases":          {"controllers/x.go", `package controllers; import _ "` + module + `/internal/casework"`, "must not import internal/casework"},
		"Kubernetes in a service room":          {"internal/httpapi/x.go", `package httpapi; import _ "k8s.io/api/core/v1"`, "must not import k8s.io/api/core/v1"},
		"SQL in a handler":                      {"internal/httpapi/x.go", `package httpapi; import _ "github.com/jackc/pgx/v5"`, "must not import github.com/jackc/pgx/v5"},
		"a library in the rules":                {"internal/mediation/x.go", `package mediation; import _ "github.com/google/uuid"`, "must not import github.com/google/uuid"},
		"a test room in shipping code":          {"internal/command/x.go", `package command; import _ "` + module + `/internal/pgtest"`, "must not import internal/pgtest"},
		"a tool in shipping code":               {"internal/command/x.go", `package command; import _ "` + module + `/hack/demo"`, "must not import hack/demo"},
		"a room nobody listed":                  {"internal/novelty/x.go", `package novelty`, "internal/novelty is not listed"},
		"a room with a name that says nothing":  {"internal/util/x.go", `package util`, "the name util says nothing"},
		"a stranger at the top":                 {"pkg/x.go", `package pkg`, "pkg does not belong at the top"},
		"wiring in init":                        {"internal/command/x.go", `package command; func init() {}`, "has an init function"},
		"a file nobody can hold in mind":        {"internal/command/x.go", "package command\n" + strings.Repeat("\n", maxLines), "lines; split it by noun"},
	}
	for name, planted := range cases {
		t.Run(name, func(t *testing.T) {
			tree := overlay{FS: os.DirFS(".."), planted: fstest.MapFS{planted.file: {Data: []byte(planted.source)}}}
			faults := check(tree)
			if !slices.ContainsFunc(faults, func(fault string) bool { return strings.Contains(fault, planted.want) }) {
				t.Errorf("planted %s in %s: want a fault with %q, got %q", name, planted.file, planted.want, faults)
			}
		})
	}
}

// check returns one sentence for each fault of the tree.
func check(tree fs.FS) []string {
	faults := checkTop(tree)
	seen := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && skipped(file) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(file, ".go") {
			return nil
		}
		room := strings.TrimPrefix(path.Dir(file), ".")
		if !seen[room] {
			seen[room] = true
			faults = append(faults, checkRoom(room)...)
		}
		more, err := checkFile(tree, file, room)
		faults = append(faults, more...)
		return err
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	for room := range floors {
		if !seen[room] {
			faults = append(faults, fmt.Sprintf("%s is listed in floors and has no code: remove it", room))
		}
	}
	if rooms := productRooms(); rooms > maxRooms {
		faults = append(faults, fmt.Sprintf("%d rooms: merge or drop one before adding another", rooms))
	}
	return faults
}

// productRooms counts the rooms that ship; tools and test rooms do not make the product harder to hold in mind.
func productRooms() int {
	rooms := 0
	for _, floor := range floors {
		if floor >= 0 {
			rooms++
		}
	}
	return rooms
}

func skipped(dir string) bool {
	name := path.Base(dir)
	return name != "." && strings.HasPrefix(name, ".") || name == "testdata" || dir == "hack/kube" || dir == "hack/issuer" || dir == "hack/s3" || dir == "hack/tools" || name == "node_modules"
}

func checkTop(tree fs.FS) []string {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			faults = append(faults, name+" does not belong at the top of the tree")
		}
	}
	return faults
}

func checkRoom(room string) []string {
	var faults []string
	if slices.Contains(bannedNames, path.Base(room)) {
		faults = append(faults, fmt.Sprintf("%s: the name %s says nothing: name the noun", room, path.Base(room)))
	}
	if _, listed := floors[room]; !listed {
		faults = append(faults, fmt.Sprintf("%s is not listed in hack/layout_test.go: give it a floor", room))
	}
	return faults
}

func checkFile(tree fs.FS, file, room string) ([]string, error) {
	source, err := fs.ReadFile(tree, file)
	if err != nil {
		return nil, err
	}
	var faults []string
	isTest := strings.HasSuffix(file, "_test.go")
	if lines := strings.Count(string(source), "\n"); lines > maxLines && !isTest && !strings.Contains(path.Base(file), "zz_generated") {
		faults = append(faults, fmt.Sprintf("%s has %d lines; split it by noun", file, lines))
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if !isTest && strings.Contains(string(source), "func init()") {
		faults = append(faults, file+" has an init function: wire in command")
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if !isTest && !allowed(room, imported) {
			faults = append(faults, fmt.Sprintf("%s: %s must not import %s", file, room, strings.TrimPrefix(imported, module+"/")))
		}
	}
	return faults, nil
}

// allowed says whether shipping code of room may import the package.
func allowed(room, imported string) bool {
	target, ours := strings.CutPrefix(imported, module+"/")
	floor := floors[room]
	if !ours {
		standard := !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
		if slices.Contains(pure, room) && !standard {
			return false
		}
		return !slices.ContainsFunc(outside[room], func(prefix string) bool { return strings.HasPrefix(imported, prefix) })
	}
	if floor == testRoom || floor == toolRoom {
		return true
	}
	targetFloor, listed := floors[target]
	if !listed || targetFloor < 0 || slices.Contains(forbidden[room], target) {
		return false
	}
	return targetFloor < floor || sideways[room] == target
}

// overlay is a tree with a planted file.
type overlay struct {
	fs.FS
	planted fstest.MapFS
}

func (o overlay) Open(name string) (fs.File, error) {
	if file, err := o.planted.Open(name); err == nil {
		if info, statErr := file.Stat(); statErr == nil && !info.IsDir() {
			return file, nil
		}
		file.Close()
	}
	return o.FS.Open(name)
}

func (o overlay) ReadFile(name string) ([]byte, error) {
	if source, planted := o.planted[name]; planted {
		return source.Data, nil
	}
	return fs.ReadFile(o.FS, name)
}

func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	planted, plantedErr := o.planted.ReadDir(name)
	if err != nil && plantedErr != nil {
		return nil, err
	}
	for _, entry := range planted {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == entry.Name() }) {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if info, err := o.planted.Stat(name); err == nil {
		return info, nil
	}
	return fs.Stat(o.FS, name)
}

// TestReadme holds the map to the ground: every path it names exists.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{"make demo", "make test", "make verify"} {
		if !strings.Contains(string(text), room) {
			t.Errorf("README.md does not name %q", room)
		}
	}
	for room := range floors {
		if room == "" || floors[room] < 0 {
			continue
		}
		if !strings.Contains(string(text), filepath.ToSlash(path.Base(room))) {
			t.Errorf("README.md does not show the room %s", room)
		}
	}
}
