#!/usr/bin/env bash
# hack/test.sh [go [PACKAGES] | kube | issuer | s3 | newest-postgres]: without a word, every test.
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
  told go test -count=1 -timeout 15m "${@:-./...}"
}

test_kube() {
  export TIAOJIE_KUBE=$root/.tiaojie/bin/tiaojie-kube
  cd hack/kube
  told go test -count=1 -timeout 15m ./...
}

test_issuer() {
  export TIAOJIE_BINARY=$root/.tiaojie/bin/tiaojie
  test_beside issuer
}

test_s3() {
  test_beside s3
}

# A module of its own that tests the product. Its module file is a copy, so that a module the product has newly taken up is
# found without changing the tree.
test_beside() {
  local name=$1-$$
  eval "$(hack/postgres.sh start "$name")"
  trap "'$root/hack/postgres.sh' stop '$name'" EXIT
  cd "hack/$1"
  mkdir -p "$root/.tiaojie"
  cp go.mod "$root/.tiaojie/$1.mod"
  cp go.sum "$root/.tiaojie/$1.sum"
  told go test -count=1 -timeout 5m -mod=mod -modfile="$root/.tiaojie/$1.mod" ./...
}

# told runs `go test` with every word kept in .tiaojie/test.log, and shows a line for each package, what the drills
# counted, and, when a test failed, all that it said.
told() {
  local log=$root/.tiaojie/test.log
  mkdir -p "$root/.tiaojie"
  if "$1" "$2" -v "${@:3}" 2>&1 | tee "$log" | awk '
      /^(ok|FAIL|panic:)/ {print; fflush()}
      /_test\.go:[0-9]+: +[0-9]+ (drills|attempts|boundaries|pairs|kinds)/ {sub(/^ +/, "  counted: "); print; fflush()}'; then
    return
  fi
  echo "-- what the failed tests said (all of it in .tiaojie/test.log)" >&2
  awk '
    NR == FNR {if ($1 == "---" && $2 == "FAIL:") failed[$3] = 1; next}
    $1 == "===" {said = $3 in failed; next}
    /^ *--- FAIL|^panic:|^FAIL/ {print; next}
    said && !/^ *--- (PASS|SKIP)|^ok|^PASS/' "$log" "$log" | head -n 300 >&2
  return 1
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
  issuer) part "a real issuer of tokens" test_issuer ;;
  s3) part "a real store of attachments" test_s3 ;;
  newest-postgres) part "newest PostgreSQL" test_newest_postgres ;;
  "")
    part "product" test_go
    part "embedded control plane" test_kube
    part "a real issuer of tokens" test_issuer
    part "a real store of attachments" test_s3
    part "the demo, end to end" go run ./hack/demo --check
    ;;
  *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
