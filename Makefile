# Everything a developer types. `make run` and `make test` set up all that they need in .venv, once per change of a lock.
# Needed on the machine: Python 3.11 or newer, make, and a C library. After the first time no network either.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# uv installs the same files, checked against the same hashes, in a quarter of the time. Where it cannot, pip does.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
ARGS ?=
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

# What has been installed, and for which lock. Each lock holds the one before it whole, with the same versions.
RUN_READY := $(VENV)/.ready-to-run
DEV_READY := $(VENV)/.ready-to-develop
BENCH_READY := $(VENV)/.ready-to-bench

define NO_PYTHON
planwatch needs Python 3.11 or newer with its venv module, and found none here.
  Debian, Ubuntu:  sudo apt-get install python3 python3-venv     (Debian 12, Ubuntu 24.04 or newer)
  Fedora:          sudo dnf install python3.12
  macOS:           brew install python@3.12
Is it installed under another name or path?  make PYTHON=/path/to/python3.12 run
endef
export NO_PYTHON

head = printf '\n== %s\n' $(1)

.PHONY: help
help: ## Show what can be made (this)
	@printf 'planwatch: who must be told what, by when\n\n'
	@if [ -t 1 ]; then on='\033[1m' off='\033[0m'; else on= off=; fi; \
	awk -v on="$$on" -v off="$$off" -F ':.*## ' \
	  '/^[a-z-]+:.*## / { printf "  %smake %-12s%s %s\n", on, $$1, off, $$2 }' $(MAKEFILE_LIST)
	@printf '\nARGS="..." is handed on, for example: make run ARGS="--speed 600", make test ARGS="-k calendar"\n'

.PHONY: run
run: $(or $(wildcard $(DEV_READY)),$(RUN_READY)) ## Run the demonstration: http://127.0.0.1:8000/ (Ctrl-C ends it)
	@exec $(BIN)/planwatch run --demo $(ARGS)

.PHONY: test
test: check ## Prove everything: the checks, then all tests
	@$(call head,"Tests")
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

.PHONY: nightly
nightly: $(DEV_READY) ## Prove it at length: every test on both databases, many more examples (hours)
	@$(call head,"Tests at length")
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n auto --dist worksteal \
	  -m "not faults and not faults_small and not browser" $(ARGS)

.PHONY: check
check: $(DEV_READY) ## Check style, types, layers and the Dockerfile (a few seconds)
	@$(call head,"Style: ruff")
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(call head,"Types: mypy --strict")
	@$(BIN)/mypy
	@$(call head,"Layers: import-linter")
	@$(BIN)/lint-imports
	@$(call head,"Dockerfile: hadolint")
	@$(BIN)/hadolint Dockerfile && echo 'Dockerfile: no complaint'

.PHONY: format
format: $(DEV_READY) ## Put the code into shape, and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(BENCH_READY) ## Measure, side by side with others (half an hour); one: make bench ARGS=look
	@$(BIN)/python -m bench $(ARGS)

.PHONY: england
england: $(DEV_READY) ## Simulate a year of England's 400,000 plans; a tenth: make england ARGS=10
	@$(BIN)/python -m bench.england $(or $(ARGS),1)

.PHONY: faults
faults: $(DEV_READY) ## Kill, pause, cut off, at full size (hours); some: make faults ARGS="--fifth latency"
	@$(call head,"Tests that kill processes and fill disks")
	@$(BIN)/python -m pytest -m faults
	@$(call head,"Cases (figures in docs/reliability.md)")
	@$(BIN)/python -m bench.faults $(ARGS)

.PHONY: faults-small
faults-small: $(DEV_READY) ## Kill in small: what no change may lose (a minute or two)
	@$(call head,"The smallest tests that kill processes")
	@$(BIN)/python -m pytest -m faults_small -n 2 tests/faults $(ARGS)

.PHONY: cluster
cluster: $(DEV_READY) ## Kill the primary of a Patroni cluster ten times under load (Debian; half an hour)
	@$(BIN)/python -m bench.cluster $(ARGS)

.PHONY: browser
browser: $(DEV_READY) ## Walk through the pages in Chromium, as a worker and a manager do (another: CHROMIUM=PATH)
	@$(call head,"Pages in a browser")
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

.PHONY: pictures
pictures: $(DEV_READY) ## Draw messages and pages for docs/ anew; every message: make pictures ARGS=FOLDER
	@$(BIN)/python -m tests.documents.pictures $(ARGS)
	@$(if $(ARGS),true,$(BIN)/python -m tests.documents.page_pictures)

.PHONY: lock
lock: $(BIN)/uv ## Work the locks out again (newest versions: make lock ARGS=--upgrade)
	@export UV_CUSTOM_COMPILE_COMMAND="make lock" && \
	compile() { $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-config --group build --extra postgres $(ARGS) "$$@"; } && \
	compile -o requirements.lock && \
	compile --extra dev -c requirements.lock -o requirements-dev.lock && \
	compile --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock && \
	! grep -nE '://|^-' requirements.lock requirements-dev.lock requirements-bench.lock # an address of an index would be this machine's, not yours

$(BIN)/uv: | $(BIN)/python
	@awk '/^[a-z]/ { is_uv = /^uv==/ } is_uv' requirements-dev.lock > $(VENV)/uv.lock
	@$(PIP) install --require-hashes --no-deps --requirement $(VENV)/uv.lock

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { printf '%s\n' "$$NO_PYTHON" >&2; exit 1; }
	@$(call head,"Setting up $(VENV) with $(PYTHON)")
	@"$(PYTHON)" -m venv $(VENV)

$(RUN_READY): LOCK := requirements.lock
$(DEV_READY): LOCK := requirements-dev.lock
$(BENCH_READY): LOCK := requirements-bench.lock
$(RUN_READY): requirements.lock
$(DEV_READY): requirements-dev.lock
$(BENCH_READY): requirements-bench.lock
$(RUN_READY) $(DEV_READY) $(BENCH_READY): pyproject.toml | $(BIN)/python
	@$(call head,"Installing what $(LOCK) lists (each file checked against its hash)")
	@{ $(MAKE) $(BIN)/uv && \
	  $(UV) --require-hashes --no-deps --compile-bytecode --requirement $(LOCK) && \
	  $(UV) --no-deps --no-build-isolation --editable .; } || \
	{ $(PIP) install --require-hashes --no-deps --requirement $(LOCK) && \
	  $(PIP) install --no-deps --no-build-isolation --editable .; }
	@$(BIN)/python -m compileall -q cli config jobs notifications planwatch service
	@$(BIN)/python -m notifications.catalogue.compiled
	@touch $@
