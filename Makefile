# Every command that a person or CI needs. `make demo` and `make test` set up all that they use.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml

export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
# Empty is unset: an image may say that nothing is written, and then each of many processes compiles every module anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup weights demo test check check-demo lock readme bench faults clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Pointsman needs Python 3.11 to 3.13; name one by PYTHON=python3.12"; exit 2; }
	@echo "Setting up $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@sed -n '/^uv==/,/^[a-z]/{/^uv==/p;/^ /p}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

weights: setup
	@$(BIN)/pointsman models pull

demo: weights
	@$(BIN)/pointsman demo

test: weights
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check-demo: weights
	@POINTSMAN_HOME=$(VENV)/demo-home $(BIN)/pointsman demo > $(VENV)/demo.txt
	@cat $(VENV)/demo.txt
	$(BIN)/python -m docs.build --check-demo $(VENV)/demo.txt

check: weights
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@cp requirements.lock $(VENV)/current.lock
	@$(BIN)/$(LOCK) --output-file $(VENV)/current.lock
	@diff -u requirements.lock $(VENV)/current.lock || { echo "requirements.lock is not current: run 'make lock'"; exit 1; }
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.lock || { echo "requirements.lock names an index"; exit 1; }
	$(BIN)/python -m docs.build --check

lock: setup
	$(BIN)/$(LOCK) --output-file requirements.lock

readme: weights
	$(BIN)/python -m docs.build

bench-%: setup
	$(BIN)/python -m tests.benchmarks.$*

bench: setup
	@for file in tests/benchmarks/[a-z]*.py; do $(BIN)/python -m tests.benchmarks.$$(basename $$file .py) || failed=1; done; exit $${failed:-0}

faults: setup
	@$(BIN)/python -m tests.faults

clean:
	rm -rf $(VENV)
