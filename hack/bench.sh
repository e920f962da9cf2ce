#!/usr/bin/env bash
# hack/bench.sh [FLAGS]: starts a PostgreSQL of its own, runs hack/bench with the flags, takes the server down again.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false'
name=bench-$$
eval "$(hack/postgres.sh start "$name")"
trap "hack/postgres.sh stop '$name'" EXIT
mkdir -p .tiaojie/bin
go build -o .tiaojie/bin/bench ./hack/bench
.tiaojie/bin/bench "$@"
