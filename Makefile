# The commands of this project. A newcomer needs only `make retrain` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# `make install` uses the first Python for which TensorFlow has wheels.
PYTHONS := python3 python3.13 python3.12 python3.11
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(firstword $(foreach name,$(PYTHONS),$(shell $(name) -c '$(SUPPORTED)' 2>/dev/null && echo $(name))))
VENV := .venv
RUN := $(VENV)/bin
LOCK := $(if $(filter 1,$(GPU)),requirements-gpu.lock,requirements.lock)

SOURCE ?= demo
PRESET ?= demo
STORE ?= store
OUTPUT ?= scores.parquet
PORT ?= 4200
ARGS ?=

# The tests of a module run in one process, to share fixtures that are slow to set up. Many tests
# wait for servers, so there may be more processes than cores.
TEST_PROCESSES ?= 4
# `make check` leaves out tests that take seconds, and those that import or start what does.
QUICK := not slow and not heavy
PYTEST := $(RUN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

# The lock names packages with their extras: pip (23.2) ignores the locked version of a package for a
# requirement with an extra, and installs the newest release.
RESOLVE := $(RUN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras
RESOLVE += --no-emit-index-url --no-emit-find-links --no-header

# No telemetry and fewer log messages, unless the caller sets these variables.
export DO_NOT_TRACK ?= 1
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false
export TF_CPP_MIN_LOG_LEVEL ?= 2
export TF_ENABLE_ONEDNN_OPTS ?= 1

.PHONY: help install retrain score check-data serve stop doctor check lint format test docs lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed-$(LOCK) ## Install the locked dependencies into .venv (GPU=1 adds CUDA)

$(VENV)/installed-$(LOCK): $(LOCK) pyproject.toml flows/entry_point.py
	@$(or $(PYTHON),false) -c '$(SUPPORTED)' || { echo 'Python 3.11, 3.12 or 3.13 is needed: install one of them, or name it: make PYTHON=…' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes -r $(LOCK)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

retrain: install ## Retrain: SOURCE=demo|FILE|URL PRESET=demo|notebook|full STORE=DIR ARGS='…'
	$(RUN)/wine-points retrain --source '$(SOURCE)' --preset '$(PRESET)' --store '$(STORE)' $(ARGS)

score: install ## Predict with the champion: SOURCE=demo|FILE|URL OUTPUT=FILE.parquet STORE=DIR ARGS='…'
	$(RUN)/wine-points score --source '$(SOURCE)' --output '$(OUTPUT)' --store '$(STORE)' $(ARGS)

check-data: install ## Write the data quality report alone: SOURCE=demo|FILE|URL STORE=DIR ARGS='…'
	$(RUN)/wine-points check --source '$(SOURCE)' --store '$(STORE)' $(ARGS)

serve: install ## Serve the deployments on this machine until Ctrl-C: STORE=DIR PORT=4200 RESET=1
	$(RUN)/wine-points serve --store '$(STORE)' --port '$(PORT)' $(if $(filter 1,$(RESET)),--reset)

stop: install ## Stop the server and the worker, also those that a killed `make serve` left running
	$(RUN)/wine-points stop

doctor: install ## Check the installation, the server and the store: STORE=DIR ARGS='…'
	$(RUN)/wine-points doctor --store '$(STORE)' $(ARGS)

check: lint ## Lint and quick tests: before every commit
	$(PYTEST) -q -m '$(QUICK)' --numprocesses 2 --ignore tests/integration --hypothesis-profile quick

lint: install ## Check format, style, types and import rules
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports

format: install ## Format the code
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

test: install ## Run all tests (ARGS=--cov measures branch coverage, and takes nearly twice as long)
	$(PYTEST) --durations=15 $(ARGS)

docs: install ## Write docs/reference/options.md from the parsers of the commands
	$(RUN)/python -m docs.generate_options

lock: install ## Resolve the dependencies again, and write the lock files
	$(RESOLVE) --extra dev pyproject.toml -o requirements.lock
	$(RESOLVE) --extra dev --extra gpu -c requirements.lock pyproject.toml -o requirements-gpu.lock
	$(RESOLVE) --extra bucket --extra mlflow --extra tune -c requirements.lock pyproject.toml -o requirements-image.lock
	echo hatchling | $(RESOLVE) -c requirements.lock - -o requirements-build.lock

clean: ## Remove the environment and the caches; the store stays
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
