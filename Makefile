# Every target is one line that a person could type; `make` alone lists them.
PYTHON ?= python3
RUN := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo up down devstack test unit lint bench fuzz lock generate

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv ## the main job, on real components: budgets per tier, a fault, an incident (UNATTENDED=1: once, and check it)
	$(RUN) -m examples.shop.demo $(if $(UNATTENDED),--unattended) $(if $(CONTEXT),--context $(CONTEXT))

up: .venv ## keep one stack running; prints its state and the KUBECONFIG to use
	$(RUN) -m devstack up

down: .venv ## end that stack
	$(RUN) -m devstack down

devstack: .venv ## get or build the real components into the cache (about 7 minutes the first time)
	$(RUN) -m devstack build

test: .venv ## lint, types, import contract, unit, contract and e2e tests on the real components
	$(RUN) -m devstack build
	$(MAKE) lint
	$(RUN) -m pytest -q -n 2 --dist loadgroup tests

unit: .venv ## the fast tests only
	$(RUN) -m pytest -q -n 2 tests/unit

lint: .venv ## lint, format, types and the import contract
	$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy && .venv/bin/lint-imports

bench: .venv ## measure what the docs claim: a table on screen, build/bench.json
	$(RUN) -m benchmarks

fuzz: .venv ## the property tests, at length
	CLV_FUZZ=1 $(RUN) -m pytest -q -n 2 tests/unit tests/contract -m fuzz

generate: .venv ## make crds/ anew from the models
	$(RUN) -m clv_operator.api.generate

lock: .venv ## resolve requirements.lock anew (hashes, no addresses)
	.venv/bin/pip install -q uv && .venv/bin/uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

.venv: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q --require-hashes -r requirements.lock
	.venv/bin/pip install -q --no-build-isolation --no-deps -e .
	touch .venv
