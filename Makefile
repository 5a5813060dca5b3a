# Everything runs in .venv, from the hashed files under requirements/. Only Python 3.11, make and git are needed.

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3.11)
BIN := .venv/bin
EXPRESS := lab/express/node_modules/.package-lock.json
BENCH := .venv/bench
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
           --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test slow lint lab chaos pages bench bench-quick lock wheel clean
.DELETE_ON_ERROR:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 13

demo: .venv/demo.stamp ## a login service whose sessions break before your eyes, and the doctor at work (DEMO_ARGS=--once: exit after it)
	$(BIN)/sessile demo $(DEMO_ARGS)

test: lint $(EXPRESS) ## lint, then run the tests (PYTEST_ARGS="-k word" for some of them)
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

slow: $(EXPRESS) .venv/dev.stamp ## the tests that need minutes or gigabytes: millions of rows
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

lint: .venv/dev.stamp ## check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: .venv/dev.stamp $(EXPRESS) ## every fault injected into real services, and what the doctor says of each
	$(BIN)/python -m lab $(LAB_ARGS)
	$(if $(LAB_ARGS),,$(BIN)/python -m lab.wire)
	$(if $(LAB_ARGS),,$(BIN)/python -m lab.code)
	$(if $(LAB_ARGS),,$(BIN)/python -m lab.frameworks)
	$(if $(LAB_ARGS),,$(BIN)/python -m lab.cookies --situations 10000)

chaos: .venv/dev.stamp ## PostgreSQL killed 20 times under load on each framework, and a ledger of promises (CHAOS_ARGS="--kills 4")
	for app in starlette flask django; do $(BIN)/python -m lab.chaos --app $$app $(CHAOS_ARGS) || exit 1; done

bench: $(BENCH)/stamp bench/express/node_modules/.package-lock.json ## sessile beside its peers, measured; writes bench/results.md (BENCH_ARGS="--rounds 7")
	PYTHONPATH=src $(BENCH)/bin/python -m bench $(BENCH_ARGS)

bench-quick: BENCH_ARGS += --quick
bench-quick: bench ## one short round of it, into .cache/bench

wheel: .venv/demo.stamp ## build dist/sessile-*.whl
	$(BIN)/python -m hatchling build --target wheel

pages: .venv/dev.stamp $(EXPRESS) ## write docs/causes/ anew from the causes
	$(BIN)/python -m tools.pages

lock: .venv/dev.stamp ## write requirements/*.txt anew from pyproject.toml (UPGRADE=1: with the newest versions)
	$(COMPILE) pyproject.toml --extra demo --output-file requirements/demo.txt
	$(COMPILE) --group build --constraint requirements/demo.txt --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --extra demo --group dev --constraint requirements/demo.txt \
		--constraint requirements/build.txt --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --extra demo --group bench --constraint requirements/demo.txt \
		--constraint requirements/build.txt --output-file requirements/bench.txt
	$(COMPILE) --group node --output-file requirements/node.txt

clean: ## remove everything that make has made
	rm -rf .venv dist .demo .cache lab/express/node_modules bench/express/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/pyvenv.cfg:
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1)' || \
		{ echo 'sessile needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	"$(PYTHON)" -m venv .venv

.venv/demo.stamp: requirements/demo.txt requirements/build.txt pyproject.toml | .venv/pyvenv.cfg
	$(INSTALL) --require-hashes -r requirements/demo.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/demo.stamp
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

# The bench has an environment of its own: with uvloop and httptools at hand, uvicorn would run the tests on them too.
$(BENCH)/stamp: requirements/bench.txt | .venv/pyvenv.cfg
	$(BIN)/python -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

# Express 5 and the lab's packages want Node 20; where it or npm is missing, it comes as a wheel.
NODE := $(if $(shell PATH="$(PATH)"; command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
        >/dev/null 2>&1 && echo found),,.venv/node.stamp)

.venv/node.stamp: requirements/node.txt | .venv/pyvenv.cfg
	$(INSTALL) --require-hashes -r requirements/node.txt
	@touch $@

%/node_modules/.package-lock.json: %/package.json %/package-lock.json $(NODE)
	cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
