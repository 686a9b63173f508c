# Every target works in .venv/ at the project's root. A fresh Debian 12 with python3, python3-venv, make and git is enough.
.DEFAULT_GOAL := help
.PHONY: help install demo run test lint bench bench-full soak chaos lock lowest mutants pictures clean

VENV := .venv
BIN := $(VENV)/bin
# Further options of a target: make demo ARGS="--days 1 --port 9000"
ARGS ?=

help:
	@echo "make demo     the whole call centre on this machine, without any account: http://127.0.0.1:8000"
	@echo "make run      the production server on your settings (.env); first 'callcenter db upgrade'"
	@echo "make install  only the set-up: .venv/bin/callcenter"
	@echo "make test     lint and all tests; installs what they need"
	@echo "make lint     style, format, types and import directions"
	@echo "make bench    speed against the floor, under four minutes; bench-full the long form"
	@echo "make soak     the random calls of the tests, all ten thousand"
	@echo "make chaos    two hosts and a database that fail all the time, 5,000 calls in 25 minutes: what is lost or doubled?"
	@echo "make lock     writes requirements.lock and requirements-dev.lock anew; ARGS=--upgrade takes newer versions"
	@echo "make lowest   all tests but the browser's on the lowest versions that pyproject.toml allows"
	@echo "make mutants  changes the pure rules step by step; names each change that no unit test notices"
	@echo "make pictures photographs the pages on a simulated day into docs/pictures; ARGS=board only those"
	@echo "make clean    removes .venv and what tools left; never a database or .env"

# A stamp file that is newer than pyproject.toml means that its packages are installed, so a second run costs nothing.
$(VENV)/bin/python:
	python3 -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.installed $@

install: $(VENV)/.installed

demo: install
	@$(BIN)/callcenter demo $(ARGS)

run: install
	@$(BIN)/callcenter serve $(ARGS)

# All four run, even when an earlier one fails.
LINT := (bad=0; $(BIN)/ruff check . || bad=1; $(BIN)/ruff format --check . || bad=1; $(BIN)/mypy || bad=1; \
	$(BIN)/lint-imports --no-logo || bad=1; exit $$bad)

lint: $(VENV)/.installed-dev
	@$(LINT)

# Lint and tests both run, so that one run shows every failure. The last line is pytest's.
test: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	@lint=0; $(LINT) || lint=1; $(BIN)/pytest -n 3 --dist worksteal $(ARGS) || exit 1; exit $$lint

bench: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	$(BIN)/python -m bench $(ARGS)

bench-full: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	$(BIN)/python -m bench --full $(ARGS)

soak: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	CALLCENTER_SOAK=1 $(BIN)/pytest -n 2 -m soak $(ARGS)

# A shorter one: make chaos ARGS="--calls 500 --seed 7". docs/reliability.md explains what it prints.
chaos: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	@$(BIN)/python -m chaos $(ARGS)

# uv resolves versions for lock, lowest and mutants. It has its own environment: it is no dependency of the product.
UV := $(VENV)-uv/bin/uv
$(UV):
	python3 -m venv $(VENV)-uv
	$(VENV)-uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

# One lock file serves Python 3.11 and later on every platform, without the address of a package index.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock: $(UV)
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock

LOWEST_TESTS ?= tests -m "not browser"
lowest: $(UV)
	python3 -m venv $(VENV)-lowest
	$(UV) pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	@sh tests/support/system_packages.sh
	$(VENV)-lowest/bin/pytest -n 2 --dist worksteal $(LOWEST_TESTS) $(ARGS)

# Which rules and which tests: [tool.mutmut] in pyproject.toml. One module: make mutants ARGS='callcenter.routing.hunt*'
mutants: $(UV)
	python3 -m venv $(VENV)-mutants
	$(UV) pip install --quiet --python $(VENV)-mutants/bin/python --editable '.[dev]' 'mutmut>=3.8,<4'
	rm -rf mutants
	$(VENV)-mutants/bin/mutmut run $(ARGS)
	$(VENV)-mutants/bin/mutmut results | grep -v "not checked" || true

# What is photographed, and when: pictures/moments.py.
pictures: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	$(BIN)/python -m pictures $(ARGS)

clean:
	rm -rf $(VENV) $(VENV)-* mutants *.egg-info build bench/work .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
