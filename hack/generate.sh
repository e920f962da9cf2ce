#!/usr/bin/env bash
# Regenerates what is made from api/v1alpha1: deep copies, the CRDs of config/ and their copies in the chart.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false'
version=v0.23.0
go run "sigs.k8s.io/controller-tools/cmd/controller-gen@$version" \
  object paths=./api/v1alpha1 \
  crd:allowDangerousTypes=false paths=./api/v1alpha1 output:crd:dir=config/crd/bases

# The chart carries the same CRDs as templates, so that an upgrade brings new fields, and keeps them on uninstall:
# deleting a CRD deletes every county and town declared with it.
mkdir -p charts/tiaojie/templates/crds
for file in config/crd/bases/*.yaml; do
  sed 's|^  annotations:$|  annotations:\n    helm.sh/resource-policy: keep|' "$file" |
    sed '1{/^---$/d}' >"charts/tiaojie/templates/crds/$(basename "$file" | sed 's/^tiaojie.dev_//')"
done
