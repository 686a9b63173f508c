# Every target works in .venv/ at the project's root. A fresh Debian 12 with python3, python3-venv, make and git is enough.
.DEFAULT_GOAL := help
.PHONY: help install demo run test lint bench bench-full soak clean

VENV := .venv
BIN := $(VENV)/bin
# More options for demo, run, test, bench: make demo ARGS="--days 1 --port 9000"
ARGS ?=

help:
	@echo "make demo     the whole call centre on this machine, without any account: http://127.0.0.1:8000"
	@echo "make run      the production server on your settings (.env); first 'callcenter db upgrade'"
	@echo "make install  only the set-up: .venv/bin/callcenter"
	@echo "make test     lint and all tests; installs what they need"
	@echo "make lint     style, format, types and import directions"
	@echo "make bench    speed against the floor, under four minutes; bench-full the long form"
	@echo "make soak     the random calls of the tests, all ten thousand"
	@echo "make clean    removes .venv and what tools left; never a database or .env"

# A stamp is newer than pyproject.toml when what it names is installed, so a second run costs nothing.
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

# Lint and tests both run, so that one run tells everything; the closing line is pytest's.
test: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	@lint=0; $(LINT) || lint=1; $(BIN)/pytest -n 2 --dist worksteal $(ARGS) || exit 1; exit $$lint

bench: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	$(BIN)/python -m bench $(ARGS)

bench-full: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	$(BIN)/python -m bench --full $(ARGS)

soak: $(VENV)/.installed-dev
	@sh tests/support/system_packages.sh
	CALLCENTER_SOAK=1 $(BIN)/pytest -n 2 -m soak $(ARGS)

clean:
	rm -rf $(VENV) *.egg-info build bench/work .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
