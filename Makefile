# Everything runs in .venv, which is made by itself and made anew when the lock files change.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What is compiled once need not be compiled by every process that a test starts: 0.15 s each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-docker proof simulation proof-mutants proof-nightly proof-soak fuzz lint format \
	lock clean

help: ## what can be made here
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: .venv/installed ## the environment, pinned with hashes

.venv/installed: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## the whole thing on this machine: broker, topics, worker, traffic, and what came out
	@$(BIN)/lead-router demo

test: lint ## every check and every test but the Docker ones
	$(BIN)/pytest -q -m "not docker"

test-docker: install ## testcontainers, the compose file, the image
	$(BIN)/pytest -q -m docker

SEED ?= 1
SEEDS ?= 2000
FIRST ?= 0
proof: install ## real workers killed in every window, on a link that breaks; judged by their logs; SEED=2
	$(BIN)/python -m tests.faults.proof --seed $(SEED)
	$(BIN)/python -m tests.faults.windows_run --push --at-once 2 --seed $(SEED)
	$(BIN)/python -m tests.faults.links_run --push --seed $(SEED)
	$(BIN)/python -m tests.faults.deadlines_run --leads 5000 --seed $(SEED)

simulation: install ## 2,000 seeded lives in virtual time, a death at each place that a worker passes, a freeze at each kind of them; SEEDS=100000 for nights, FIRST=2000 for the next
	$(BIN)/python -m tests.faults.simulation --from $(FIRST) --seeds $(SEEDS)

proof-mutants: install ## workers with a defect each, which the judge has to name
	$(BIN)/python -m tests.faults.proof.hunt

proof-nightly: .venv/fuzzing ## all faults that there are, for a long night; SEED=2 for the next
	$(BIN)/python -m tests.faults.nightly --seed $(SEED)

MINUTES ?= 120
proof-soak: install ## 1,000 events a second and a death each minute, MINUTES=120; its line goes into the ledger
	$(BIN)/python -m tests.faults.proof.soak --seed $(SEED) --minutes $(MINUTES) --ledger

SECONDS ?= 300
fuzz: .venv/fuzzing ## look for bytes that break a promise, SECONDS=300 for each target (tests/fuzz); for nights
	$(BIN)/python -m tests.fuzz.fuzz --seconds $(SECONDS)

.venv/fuzzing: .venv/installed requirements/fuzz.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/fuzz.txt
	@touch $@

lint: install ## style, types, and who may import whom
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

format: install ## what ruff can mend by itself
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(UPGRADE)

lock: install ## pin the dependencies of pyproject.toml; UPGRADE=--upgrade takes the newest
	$(BIN)/$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(BIN)/$(LOCK) pyproject.toml --group dev --constraints requirements/run.txt --output-file requirements/dev.txt
	$(BIN)/$(LOCK) --group build --constraints requirements/dev.txt --output-file requirements/build.txt
	$(BIN)/$(LOCK) --group fuzz --constraints requirements/dev.txt --output-file requirements/fuzz.txt

clean: ## the environment and every cache, the broker's jars included
	rm -rf .venv .cache
