# Tiaojie (调解). `make help` lists the targets; `make demo` and `make test` are the two that matter.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The same flags everywhere: packages compiled for one binary serve the other.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STATE := $(CURDIR)/.tiaojie
BIN := $(STATE)/bin
ASSETS := $(STATE)/assets

PRODUCT_FLAGS := -ldflags "-s -w -X tiaojie.dev/tiaojie/internal/command.version=$(VERSION)"
# kubectl and Helm refuse a control plane that does not say its version.
KUBE_VERSION := 1.37.2
KUBE_STAMP := k8s.io/component-base/version
KUBE_FLAGS := -ldflags "-s -w -X $(KUBE_STAMP).gitVersion=v$(KUBE_VERSION) -X $(KUBE_STAMP).gitMajor=1 -X $(KUBE_STAMP).gitMinor=37 -X k8s.io/client-go/pkg/version.gitVersion=v$(KUBE_VERSION)"

##@ The two commands
.PHONY: demo test
demo: build kube postgres fonts ## Bring up a province on this machine, onboard a county, mediate a case; stays until Ctrl-C
	@go build -o $(BIN)/demo ./hack/demo && $(BIN)/demo

test: assets build postgres fonts ## Run every test: rules, databases, controllers, control plane, and the demo end to end
	@hack/test.sh

##@ Parts of them
.PHONY: demo-check test-go test-kube test-issuer test-s3 test-newest-postgres
demo-check: build kube postgres fonts ## Do what the demo does, assert every step, tear down
	@go build -o $(BIN)/demo ./hack/demo && $(BIN)/demo --check

test-go: assets postgres fonts ## Run the Go tests of the product only (PACKAGES=./internal/... narrows)
	@hack/test.sh go $(PACKAGES)

test-kube: kube ## Run the tests of the embedded control plane only
	@hack/test.sh kube

test-issuer: build postgres ## Sign in at a real OpenID Connect issuer and use the product with its tokens
	@hack/test.sh issuer

test-s3: postgres ## Keep attachments in a server that speaks S3
	@hack/test.sh s3

test-newest-postgres: postgres fonts ## Run the tests that touch PostgreSQL against its newest version
	@hack/test.sh newest-postgres

##@ Speed
.PHONY: bench
bench: postgres ## Measure the product against its budgets (BENCH="-cases 20000 -rounds 5" for a quick look)
	@hack/bench.sh $(BENCH)

##@ Building
.PHONY: build kube issuer assets postgres fonts image clean
build: ## Build the product into .tiaojie/bin
	@hack/build.sh "the product" $(BIN)/tiaojie . $(PRODUCT_FLAGS)

kube: ## Build the embedded control plane into .tiaojie/bin (about 5 minutes the first time)
	@hack/build.sh "the embedded control plane (about 5 minutes the first time)" $(BIN)/tiaojie-kube hack/kube $(KUBE_FLAGS)

issuer: ## Build a small OpenID Connect issuer to sign in at on loopback, into .tiaojie/bin
	@hack/build.sh "the issuer" $(BIN)/issuer hack/issuer -ldflags "-s -w"

assets: kube ## Lay out etcd and kube-apiserver for the controllers' tests
	@$(BIN)/tiaojie-kube assets $(ASSETS)

postgres: ## Install PostgreSQL from Debian's packages when it is missing
	@hack/postgres.sh install

fonts: ## Install the fonts of printed papers, and what reads PDF in tests, from Debian's packages
	@hack/fonts.sh install

image: ## Build the container image (needs a container engine)
	docker build --build-arg VERSION=$(VERSION) -t tiaojie:$(VERSION) .

clean: ## Remove what was built; compile and module caches stay
	rm -rf $(STATE)

##@ Keeping it right
.PHONY: generate fmt vet lint verify layout
generate: ## Regenerate deepcopy, CRDs, RBAC, the chart's copies and api/openapi.yaml
	@hack/generate.sh

fmt: ## Format the Go code
	@gofmt -w $$(git ls-files '*.go')

vet: ## Look for suspicious constructs
	@go vet ./...
	@cd hack/kube && go vet ./...
	@cd hack/issuer && go vet ./...
	@cd hack/s3 && go vet ./...

lint: ## Run golangci-lint (built from its module; about 3 minutes the first time)
	@hack/lint.sh

layout: ## Check who may import whom
	@go test -count=1 ./hack

verify: generate fmt vet layout ## Regenerate everything, then fail when the tree is dirty
	@test -z "$$(git status --porcelain)" || { git status --short; git diff --stat; echo "verify: the tree is dirty: commit what was regenerated" >&2; exit 1; }
	@echo "verify: everything generated is fresh"

##@ Help
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' Makefile
