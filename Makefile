# The doors of this project. On a fresh Debian 12 with python3, make and git, `make demo` and `make test`
# set up everything they need.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup system-libraries demo test test-postgresql lint format lock clean
.PHONY: bench bench-deid bench-transfer bench-forward soak soak-faults soak-powercut soak-big soak-servers prove-deid prove-line prove-flood

help:
	@echo "make demo     try the program: a receiver on this machine and made-up studies"
	@echo "make test     run all tests (installs and starts a real Orthanc and a real X server)"
	@echo "make test-postgresql  the same with the receivers' tables in PostgreSQL instead of SQLite"
	@echo "make lint     formatting, types, and the walls between the rooms"
	@echo "make bench    measure speed against peers (one alone: bench-deid, bench-transfer, bench-forward)"
	@echo "make soak     all long proofs: many faults, many kills, many files (one alone: soak-faults, soak-powercut, soak-big, prove-deid)"
	@echo "make prove-flood  2 GB from a client that ignores its credit (uvicorn and daphne)"
	@echo "make prove-line   a client whose networks come and go (needs root)"

system-libraries:
	@bash installer/debian/system-libraries.sh $(FOR)

$(VENV)/.ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(MAKE) --no-print-directory system-libraries FOR=python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --system-certs --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.ready

demo: setup
	@$(MAKE) --no-print-directory system-libraries FOR=window
	@$(BIN)/adit-uploader demo --out demo-output

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal --postgresql -k "not procrastinate" $(ON_POSTGRESQL)

# what depends most on the database; test-postgresql runs everything so
ON_POSTGRESQL := $(addprefix tests/receiver/,forwarding/test_forwarding_queue.py forwarding/test_forwarding_worker.py \
	test_session.py test_site_profiles.py test_spool.py test_pages.py test_crash.py test_endpoint_upload.py test_endpoint_access.py)

# everything, with every receiver's tables in PostgreSQL (make test runs a part of it so)
test-postgresql: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest --postgresql --numprocesses=auto --maxprocesses=4 --dist=worksteal

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m benchmarks

bench-deid bench-transfer bench-forward: bench-%: setup
	@$(BIN)/python -m benchmarks $*

soak: soak-faults soak-powercut soak-big soak-servers prove-deid prove-flood

# SOAK_INSTANCES=, SOAK_FAULTS=, SOAK_SEED= choose a smaller run, or the same again
soak-faults: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m tests.soak.faults

# SOAK_CUTS=, SOAK_SEED=; first with a defect that has to be found
soak-powercut: setup
	@$(BIN)/python -m tests.soak.powercut --without-folder-sync --cuts 100 --each 50
	@$(BIN)/python -m tests.soak.powercut

# 100,000 instances, then one of 4 GiB, by the real window off screen; SOAK_INSTANCES= chooses fewer
soak-big: setup
	@$(MAKE) --no-print-directory system-libraries FOR=window
	@$(BIN)/python -m tests.soak.big

# two web servers and two workers on one PostgreSQL, each killed 20 times; SOAK_SEED=
soak-servers: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m tests.soak.many_servers

prove-deid: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest tests/soak/prove_deid.py

prove-flood: setup
	$(BIN)/python -m pytest -s tests/soak/prove_flood.py

# needs root: the client gets a network namespace of its own
prove-line: setup
	@$(BIN)/python -m tests.soak.prove_line

lock: setup
	printf 'uv\n' | $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/uv.txt -
	$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group dev -o requirements/dev.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo-output test-output
