#!/usr/bin/env bash
# Regenerates everything generated: the division catalogue (needs npm), deep copies, the CRDs of config/ and their copies
# in the chart, config/rbac, and api/openapi.yaml.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 GOFLAGS='-trimpath -buildvcs=false'
go generate ./internal/division

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

# Rights and admission policy for those who install with kustomize: the chart's, for the namespace tiaojie-system.
mkdir -p config/rbac
for name in rbac admission; do
  {
    echo "# Made from charts/tiaojie/templates/$name.yaml by hack/generate.sh."
    sed -e '/{{- include/d' -e '/^  labels:$/d' -e 's/{{ \.Release\.Namespace }}/tiaojie-system/g' "charts/tiaojie/templates/$name.yaml"
  } >"config/rbac/$name.yaml"
  ! grep -n '{{' "config/rbac/$name.yaml" || { echo "generate.sh: config/rbac/$name.yaml holds template code" >&2; exit 1; }
done

# The OpenAPI document, as the binary prints it.
go run . api --print-openapi >api/openapi.yaml.new
mv api/openapi.yaml.new api/openapi.yaml
