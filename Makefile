# Every target is one line that a person could type; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
.DEFAULT_GOAL := help
.PHONY: help demo up down devstack test unit lint bench fuzz lock generate

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/ready ## the main job, on real components: budgets per tier, a fault, an incident (UNATTENDED=1: once, and check it)
	$(RUN) -m examples.shop.demo $(if $(UNATTENDED),--unattended) $(if $(CONTEXT),--context $(CONTEXT))

up: .venv/ready ## keep one stack running; prints its state and the KUBECONFIG to use
	$(RUN) -m devstack up

down: .venv/ready ## end that stack
	$(RUN) -m devstack down

devstack: .venv/ready ## get or build the real components into the cache (about 7 minutes the first time)
	$(RUN) -m devstack build

test: .venv/ready ## lint, types, import contract, unit, contract and e2e tests on the real components
	$(MAKE) lint
	$(RUN) -m devstack build
	$(RUN) -m pytest -q -n 3 --dist loadscope --no-loadscope-reorder tests  # a module a worker; the demo's story first, which mostly waits

unit: .venv/ready ## the fast tests only
	$(RUN) -m pytest -q -n 2 tests/unit

lint: .venv/ready ## lint, format, types and the import contract
	$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy && .venv/bin/lint-imports

bench: .venv/ready ## measure what the docs claim: a table on screen, build/bench.json
	$(RUN) -m benchmarks

fuzz: .venv/ready ## the property tests, at length
	CLV_FUZZ=1 $(RUN) -m pytest -q -n 2 tests/unit tests/contract -m fuzz

generate: .venv/ready ## make crds/ anew from the models
	$(RUN) -m clv_operator.api.generate

lock: .venv/ready ## resolve both locks anew (hashes, no addresses)
	.venv/bin/pip install -q uv
	.venv/bin/uv pip compile pyproject.toml --group dev --all-extras $(LOCK) -o requirements.lock
	.venv/bin/uv pip compile pyproject.toml -c requirements.lock --no-annotate $(LOCK) -o requirements.runtime.lock

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	.venv/bin/pip install -q --require-hashes -r requirements.lock
	.venv/bin/pip install -q --no-build-isolation --no-deps -e .
	touch .venv/ready
