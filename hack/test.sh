#!/usr/bin/env bash
# hack/test.sh [go [PACKAGES] | kube | newest-postgres]: without a word, every test.
# Each part starts the servers it needs and takes them down again, whatever the outcome.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

# The product's tests against one PostgreSQL; the controllers' also against a real kube-apiserver.
test_go() {
  local name=test-$$
  eval "$(hack/postgres.sh start "$name")"
  trap "hack/postgres.sh stop '$name'" EXIT
  export KUBEBUILDER_ASSETS=$root/.tiaojie/assets
  go test -count=1 -timeout 15m "${@:-./...}"
}

test_kube() {
  export TIAOJIE_KUBE=$root/.tiaojie/bin/tiaojie-kube
  (cd hack/kube && go test -count=1 -timeout 15m ./...)
}

test_newest_postgres() {
  eval "$(hack/postgres.sh newest)"
  export TIAOJIE_POSTGRES_BIN
  test_go ./internal/tenantdb ./internal/postgres ./internal/httpapi
}

part() {
  local title=$1
  shift
  echo "== $title"
  local started=$SECONDS
  ("$@")
  echo "== $title: passed in $((SECONDS - started)) s"
}

case "${1:-}" in
  go) shift; part "product" test_go "$@" ;;
  kube) part "embedded control plane" test_kube ;;
  newest-postgres) part "newest PostgreSQL" test_newest_postgres ;;
  "")
    part "product" test_go
    part "embedded control plane" test_kube
    part "the demo, end to end" go run ./hack/demo --check
    ;;
  *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
