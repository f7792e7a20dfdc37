# Every target sets up what it needs in .venv, once, and reuses it until pyproject.toml changes.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
TABLE := grammar/placelang_grammar/placelang.table
READY := $(INSTALLED) $(TABLE)

.DEFAULT_GOAL := help
.PHONY: help demo host-demo site-demo vision-demo test lint fmt bench bench-public fuzz wheel agent-wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## plan the retail example and show what goes where, what does not, and why
	@echo '$$ placelang plan examples/retail/retail.place --inventory examples/retail/inventory.yaml'
	@$(BIN)/placelang plan examples/retail/retail.place --inventory examples/retail/inventory.yaml \
		|| test $$? -eq 3  # 3: done in part, each refusal with its reason, as this example means to show

host-demo: $(READY) ## run one store of the retail example on real container engines (root, docker.io, busybox-static)
	@PYTHONPATH=. $(BIN)/python examples/retail/on_engines.py

site-demo: $(READY) ## run a site behind a canary that loses its registry, a host and the way between hosts (root, docker.io, etcd-server)
	@PYTHONPATH=. $(BIN)/python examples/retail/on_its_own.py

vision-demo: $(READY) ## run a model at two sites, from its file to drift and a better one (root, docker.io, busybox-static)
	@PYTHONPATH=. $(BIN)/python examples/vision/demo.py

test: $(READY) ## run the tests on two processes
	@$(BIN)/python -m pytest -q -n 2

lint: $(READY) ## ruff, mypy strict, the import contract
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(READY) ## format the code and the examples
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format
	@$(BIN)/placelang fmt examples/*/*.place

bench: $(READY) ## print the figures of docs/performance.md, measured here
	@for script in tests/bench/*.py; do $(BIN)/python $$script || exit 1; done

bench-public: $(READY) ## the same for instances that others made: FOLDER has roadef2012 and openb
	@$(BIN)/python tests/bench/public/roadef.py $(or $(FOLDER),.)/roadef2012
	@$(BIN)/python tests/bench/public/openb.py $(or $(FOLDER),.)/openb

fuzz: $(READY) ## look for texts that break the language's tools, for ten minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	@$(BIN)/python tests/fuzz.py

wheel: $(READY) ## build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@ls dist/*.whl

agent-wheel: $(READY) ## build the small wheel for hosts into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist ./runtime
	@ls dist/placelang_agent-*.whl

clean: ## remove .venv and everything that is generated
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The first of these that works: a command may exist for a version that does not.
$(INSTALLED): pyproject.toml hatch_build.py
	@set -e; found=; \
	for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	test -n "$$found" || { echo 'placelang needs Python 3.11 or newer, and no python3 here is' >&2; exit 1; }; \
	echo "setting up $(VENV) (once)"; \
	$$found -m venv $(VENV) || { echo 'cannot make a virtual environment: Debian keeps it in python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'  # reads dependency groups
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

$(TABLE): grammar/placelang_grammar/placelang.lark | $(INSTALLED)
	@$(BIN)/python -m placelang_grammar
