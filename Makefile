# The verbs of this project. `make retrain` and `make test` are all that a newcomer needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first of these that TensorFlow has wheels for.
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

# Tests of one module stay in one process, where they share what is dear to set up. Many wait for
# servers, and leave a core to others.
TEST_PROCESSES ?= 3
PYTEST := $(RUN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

# Extras are written out: pip (23.2) takes the newest release of a package that is asked for with an
# extra, whatever the lock says of its bare name.
RESOLVE := $(RUN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras
RESOLVE += --no-emit-index-url --no-emit-find-links --no-header

# Telemetry off and no noise, unless the caller says otherwise.
export DO_NOT_TRACK ?= 1
export PREFECT_SERVER_ANALYTICS_ENABLED ?= false
export TF_CPP_MIN_LOG_LEVEL ?= 2
export TF_ENABLE_ONEDNN_OPTS ?= 1

.PHONY: help install retrain score check-data serve stop doctor check lint format test docs lock clean

help: ## List the verbs
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed-$(LOCK) ## Build the environment from the lock (GPU=1 adds CUDA)

$(VENV)/installed-$(LOCK): $(LOCK) pyproject.toml
	@$(or $(PYTHON),false) -c '$(SUPPORTED)' || { echo 'Python 3.11, 3.12 or 3.13 is needed: install one of them, or name it: make PYTHON=…' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes -r $(LOCK)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

retrain: install ## Retrain: SOURCE=demo|FILE|URL PRESET=demo|notebook|full STORE=DIR ARGS='…'
	$(RUN)/wine-points retrain --source '$(SOURCE)' --preset '$(PRESET)' --store '$(STORE)' $(ARGS)

score: install ## Predict with the champion: SOURCE=demo|FILE|URL OUTPUT=FILE.parquet STORE=DIR ARGS='…'
	$(RUN)/wine-points score --source '$(SOURCE)' --output '$(OUTPUT)' --store '$(STORE)' $(ARGS)

check-data: install ## Data quality report alone: SOURCE=demo|FILE|URL STORE=DIR ARGS='…'
	$(RUN)/wine-points check --source '$(SOURCE)' --store '$(STORE)' $(ARGS)

serve: install ## Serve the deployments on this machine until Ctrl-C: STORE=DIR PORT=4200 RESET=1
	$(RUN)/wine-points serve --store '$(STORE)' --port '$(PORT)' $(if $(filter 1,$(RESET)),--reset)

stop: install ## Take down what is served, or what a killed `make serve` left running
	$(RUN)/wine-points stop

doctor: install ## Say what is wrong with the installation, the server and the store: STORE=DIR ARGS='…'
	$(RUN)/wine-points doctor --store '$(STORE)' $(ARGS)

check: lint ## Lint and unit tests: before every commit
	$(PYTEST) -q -m 'not slow'

lint: install ## Format, lint, types, import rules
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports

format: install ## Put the code into shape
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

test: install ## All tests (ARGS=--cov measures branch coverage, and takes nearly twice as long)
	$(PYTEST) --durations=15 $(ARGS)

docs: install ## Write docs/reference/options.md from the commands' own parsers
	$(RUN)/python -m docs.generate_options

lock: install ## Resolve the dependencies anew
	$(RESOLVE) --extra dev pyproject.toml -o requirements.lock
	$(RESOLVE) --extra dev --extra gpu -c requirements.lock pyproject.toml -o requirements-gpu.lock
	$(RESOLVE) --extra bucket --extra mlflow -c requirements.lock pyproject.toml -o requirements-image.lock
	echo hatchling | $(RESOLVE) -c requirements.lock - -o requirements-build.lock

clean: ## Remove the environment and the caches; the store stays
	rm -rf $(VENV) .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
