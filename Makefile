# The doors of this project. On a fresh Debian 12 with python3, make and git, `make demo` and `make test`
# set up everything they need.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GUIDE := .venv-guide

.PHONY: help setup system-libraries demo test test-postgresql test-matrix lint format lock clean
.PHONY: page-pictures window-pictures bench bench-deid bench-transfer bench-forward bench-window guide guide-pictures soak soak-faults soak-powercut soak-big soak-servers prove-deid prove-examples prove-line prove-flood prove-adit prove-door

help:
	@echo "make demo     try the program: a receiver on this machine and made-up studies"
	@echo "make test     run all tests (installs and starts a real Orthanc and a real X server)"
	@echo "make test-postgresql  the same with the receivers' tables in PostgreSQL instead of SQLite"
	@echo "make test-matrix  what Python 3.11 to 3.13, Django 5.2 and 6, Procrastinate and daphne can change (CELLS=\"py313 adit\": these alone)"
	@echo "make lint     formatting, types, and the walls between the rooms"
	@echo "make bench    measure speed against peers (one alone: bench-deid, bench-transfer, bench-forward, bench-window)"
	@echo "make soak     all long proofs: many faults, many kills, many files (one alone: soak-faults, soak-powercut, soak-big, prove-deid)"
	@echo "make prove-flood  2 GB from a client that ignores its credit (uvicorn and daphne)"
	@echo "make prove-door   every cell of who may do what, every way to smuggle, 100,000 random messages"
	@echo "make prove-examples  everything that Hypothesis draws examples for, with other ones each time"
	@echo "make page-pictures  pictures of all pages of the receiver, to be looked at"
	@echo "make window-pictures  pictures of the window in every state, to be looked at"
	@echo "make guide    the user guide as a site that opens from its folder (build/guide); guide-pictures: its pictures anew"
	@echo "make prove-line   a client whose networks come and go (needs root)"
	@echo "make prove-adit ADIT=folder ADIT_PYTHON=python  what must hold inside ADIT, in a real one (tests/adit/prove.py)"

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
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --postgresql -k "not procrastinate" $(ON_POSTGRESQL)

# half as many workers more than cores: many tests wait for a part, and leave their core to others meanwhile
SIDE_BY_SIDE = --numprocesses=$(WORKERS) --dist=worksteal
WORKERS ?= $(shell cores=$$(nproc); workers=$$((cores + (cores + 1) / 2)); echo $$((workers < 6 ? workers : 6)))

# what depends most on the database; test-postgresql runs everything so
ON_POSTGRESQL := $(addprefix tests/receiver/,forwarding/test_forwarding_queue.py forwarding/test_forwarding_worker.py test_audit_in_the_database.py \
	test_session.py test_older_databases.py test_site_profiles.py test_spool.py test_pages.py test_crash.py test_endpoint_upload.py test_endpoint_access.py)

# everything, with every receiver's tables in PostgreSQL (make test runs a part of it so)
test-postgresql: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest --postgresql $(SIDE_BY_SIDE)

# for each Python, Django, database, engine and web server what it can change: tests/matrix.py names the cells. Pythons
# are looked for as python3.12 on the PATH, or where PYTHON_312= says. CELLS= chooses some, ONLY= folders of tests.
test-matrix: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m tests.matrix $(CELLS) $(addprefix --only=,$(ONLY))

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m benchmarks

bench-deid bench-transfer bench-forward: bench-%: setup
	@$(BIN)/python -m benchmarks $*

# on a screen of its own; FILES= chooses fewer than 100,000
bench-window: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m benchmarks window $(addprefix --files=,$(FILES))

soak: soak-faults soak-powercut soak-big soak-servers prove-deid prove-door prove-flood

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

# two web servers and two workers on one PostgreSQL, each killed 20 times, and PostgreSQL started anew, into an
# Orthanc; then the same with Procrastinate's workers. SOAK_SEED=, SOAK_SERVERS="--into folder --uploads 4"
soak-servers: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m tests.soak.many_servers --engine embedded $(SOAK_SERVERS)
	@$(BIN)/python -m tests.soak.many_servers --engine procrastinate $(SOAK_SERVERS)

# the receiver's pages in light and dark, English and German, and at a phone's width; OUT= says where to
page-pictures: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	@$(BIN)/python -m tests.e2e.pages.pictures $(or $(OUT),test-output/pages)

# the user guide, English and German, as pages that need no network and no server; OUT= says where to. What builds it has
# an environment of its own, so that nothing else waits for it
guide: OUT ?= build/guide
guide: $(GUIDE)/.ready
	@for language in en de; do NO_MKDOCS_2_WARNING=1 $(GUIDE)/bin/mkdocs build --strict --quiet \
		--config-file docs/guide/mkdocs-$$language.yml --site-dir "$(abspath $(OUT))/$$language" || exit 1; done
	@! grep -rlE '(src|href|action)="(https?:)?//' --include='*.html' "$(OUT)" || { echo "These pages name foreign servers."; exit 1; }
	@echo "$(OUT)/en/index.html  $(OUT)/de/index.html"

$(GUIDE)/.ready: requirements/guide.txt
	@$(MAKE) --no-print-directory system-libraries FOR=python
	$(PYTHON) -m venv $(GUIDE)
	$(GUIDE)/bin/python -m pip install --quiet --require-hashes -r requirements/guide.txt
	@touch $@

# after a change of the window that can be seen
guide-pictures: setup
	@$(MAKE) --no-print-directory system-libraries FOR=window
	@$(BIN)/python resources/pictures/make_guide_pictures.py src/adit_uploader/desktop/guide

# the window in every state, light and dark, English and German, at 100 and 200 %, with sheets of four; OUT= says where to
window-pictures: setup
	@$(MAKE) --no-print-directory system-libraries FOR=window
	@$(BIN)/python -m tests.desktop.pictures $(or $(OUT),test-output/window)

prove-deid: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest tests/soak/prove_deid.py

# make test has the same examples always
prove-examples: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --hypothesis-profile=others $$(grep -rlE "import given|RuleBasedStateMachine" tests --include="test_*.py")

prove-flood: setup
	$(BIN)/python -m pytest -s tests/soak/prove_flood.py

# PROVE_SEED=, PROVE_MESSAGES= choose the same again, or fewer
prove-door: setup
	@$(MAKE) --no-print-directory system-libraries FOR=test
	PROVE_DOOR=1 $(BIN)/python -m pytest -s tests/soak/prove_door.py $(AT_THE_DOOR)
	PROVE_DOOR=1 $(BIN)/python -m pytest -s --postgresql $(AT_THE_DOOR)

AT_THE_DOOR := $(addprefix tests/receiver/,test_permission_matrix.py test_ways_to_smuggle.py test_ways_to_break_rules.py)

# needs root: the client gets a network namespace of its own
prove-line: setup
	@$(BIN)/python -m tests.soak.prove_line

# in an ADIT that is installed here; what it needs stands in the head of the file
prove-adit:
	@$(PYTHON) -m tests.adit.prove --adit "$(ADIT)" --python "$(ADIT_PYTHON)"

lock: setup
	printf 'uv\n' | $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/uv.txt -
	$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group dev -o requirements/dev.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group pyproject.toml:guide -o requirements/guide.txt

clean:
	rm -rf $(VENV) $(GUIDE) .matrix .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo-output test-output
