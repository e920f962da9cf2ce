#!/usr/bin/env bash
# hack/build.sh NAME OUTPUT DIRECTORY FLAGS...: builds one binary and says, while it takes long, that it is alive.
set -euo pipefail
name=$1 output=$2 directory=$3
shift 3
mkdir -p "$(dirname "$output")"
# A new machine has nothing downloaded and nothing compiled: say what is going on.
started=$SECONDS
(
  sleep 10
  echo "building $name …"
  while sleep 20; do echo "  still building $name: $((SECONDS - started)) s"; done
) &
ticker=$!
trap 'kill "$ticker" 2>/dev/null || true' EXIT
(cd "$directory" && go build -o "$output" "$@" .)
took=$((SECONDS - started))
[ "$took" -lt 10 ] || echo "built $name in $took s"
