#!/bin/sh
# Builds tiaojie-kube into .tiaojie/bin of the repository, or to the path given.
# Without the version stamp kubectl reports an error and Helm refuses charts
# that state a kubeVersion, so a plain `go build` is not enough.
set -eu
cd "$(dirname "$0")"
target=${1:-../../.tiaojie/bin/tiaojie-kube}
case $target in /*) ;; *) target=$(pwd)/$target ;; esac
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=${version#v1.}
stamp=k8s.io/component-base/version
mkdir -p "$(dirname "$target")"
# The same flags as the product's, so that packages compiled once serve both.
CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false' go build \
	-ldflags="-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*} -X $stamp.gitTreeState=clean" \
	-o "$target.new" .
# A running cluster keeps the old file; the new one takes its name at once.
mv "$target.new" "$target"
