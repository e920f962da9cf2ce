package command

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker in releases: -X tiaojie.dev/tiaojie/internal/command.version=v1.2.3.
var version string

// VersionCommand prints what was built.
type VersionCommand struct{}

// Run prints version, Go version and platform on one line.
func (c *VersionCommand) Run(_ context.Context, streams IO) error {
	_, err := fmt.Fprintf(streams.Out, "tiaojie %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// buildVersion is what the linker was told, or the module's version as the Go command recorded it; builds from a work
// tree say "development".
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}
