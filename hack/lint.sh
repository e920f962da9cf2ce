#!/usr/bin/env bash
# hack/lint.sh: golangci-lint from its module, in a module of its own so that the product does not depend on it.
set -euo pipefail
cd "$(dirname "$0")/.."
version=v2.12.2
bin=$PWD/.tiaojie/bin
if [ ! -x "$bin/golangci-lint-$version" ]; then
  echo "building golangci-lint $version (about 3 minutes)"
  GOBIN=$bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
  mv "$bin/golangci-lint" "$bin/golangci-lint-$version"
fi
"$bin/golangci-lint-$version" run ./...
