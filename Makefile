# Set-up and habits. In a fresh clone `make demo` or `make test` is the only command needed: each makes .venv first, once.
# Every path here is relative, so that a checkout whose own path has spaces in it works too.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench soak ledger-million crash-matrix power-loss mutate fuzz bombs conformance session-faults lint types contracts check clean

# The first of these that is new enough; `make demo PYTHON=python3.12` names another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed

# pip takes the pins for the builds it isolates from the environment, and cuts a value there at spaces: keep it relative.
# QuickFIX brings no pyproject.toml: without PEP 517 an old pip compiles it unpinned and keeps nothing for the next time.
# It is C++: without debug information its library is 6 MB instead of 67 MB and compiles in a third of the time.
PIP_INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_USE_PEP517=1 \
	PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 CFLAGS="-g0 -O1" CXXFLAGS="-g0 -O1" \
	$(RUN) -m pip install --progress-bar off

define HELP
make demo        start the bundled simulator, trade examples/batch-100.csv through real FIX, show the result
make test        the whole test suite; make test ARGS="tests/unit -k rounding" for a part of it
make bench       trader bench as it is shipped, the gate compiled; make bench ARGS="risk"
make soak        half an hour at a venue with every fault, each line held against the venue's log; SOAK="--minutes 5"
make lint        ruff's rules and formatting
make types       mypy, strict
make contracts   which package may import which
make check       lint, types, contracts and test: all that CI checks
make ledger-million   a million random events of the limits' ledger, everything checked; EVENTS=1000 SEED=7 for others
make mutate      weaken every control in turn; a test of it has to fail; NAMES="VOLUME_DAY out:KILL" for some
make crash-matrix     kill robot and venue at every step; MATRIX='--cell "robot sent:5"' for one cell, --every 4 for fewer
make power-loss       lose power at every moment of a day, cut and spoil what a kill leaves; POWER="--every 10"
make fuzz        look for inputs that a reader does not stand; make fuzz TARGET=decode SECONDS=60
make conformance every script of FIX session rules, against the simulator's acceptor and the robot's session
make session-faults   a batch through every fault of the session; NAMES="session_drop" for some
make bombs       small inputs that want to become large, or to take for ever; what each has cost
make clean       remove .venv and every cache; never var/, which holds the journal
endef
export HELP

help:
	@echo "$$HELP"

setup: $(STAMP)

demo: $(STAMP)
	@$(RUN) -m trader demo

test: $(STAMP) # as many at a time as there are processors; in the end they wait for processes more than they compute
	@$(RUN) -m pytest -n auto $(ARGS)

# The wheel of this source, unpacked: what a desk installs. Its gate is compiled; what it needs besides is in the venv.
WHEEL := $(VENV)/wheel
bench: $(WHEEL)
	@PYTHONSAFEPATH=1 PYTHONPATH="$(CURDIR)/$(WHEEL)" $(RUN) -m trader bench $(ARGS)

$(WHEEL): $(STAMP) hatch_build.py $(shell find trader risk simulator strategies fix_configs examples -name __pycache__ -prune -o -type f -print)
	@echo "Building the wheel; compiling its gate takes a minute ..."
	@rm -rf $@ $@.new $(VENV)/dist
	@$(RUN) -m build --wheel --no-isolation --outdir $(VENV)/dist . >$(VENV)/wheel.log 2>&1 || { tail -n 40 $(VENV)/wheel.log >&2; exit 2; }
	@$(RUN) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-index --target $@.new $(VENV)/dist/*.whl
	@mv $@.new $@ && touch $@

EVENTS ?= 1000000
ledger-million: $(STAMP)
	@$(RUN) -m tests.property.ledger_days --events $(EVENTS) $(if $(SEED),--seed $(SEED))

crash-matrix: $(STAMP)
	@$(RUN) -m tests.crash.matrix --write $(MATRIX)

power-loss: $(STAMP)
	@$(RUN) -m tests.crash.power $(POWER)

mutate: $(STAMP)
	@$(RUN) -m tests.mutation.check_controls $(NAMES)

TARGET ?= decode
SECONDS ?= 60
FUZZ := $(VENV)/.fuzz
fuzz: $(FUZZ)
	@PYTHONPATH=.:tests/unit $(RUN) -m tests.fuzz $(TARGET) --seconds $(SECONDS)

bombs: $(STAMP)
	@PYTHONPATH=.:tests/unit $(RUN) -m tests.fuzz.bombs

$(FUZZ): $(STAMP)
	@$(PIP_INSTALL) --quiet --editable '.[fuzz]'
	@touch $@

soak: $(STAMP)
	@$(RUN) -m tests.soak $(SOAK)

conformance: $(STAMP)
	@$(RUN) -m pytest tests/conformance/test_session_scripts.py -n auto $(ARGS)

session-faults: $(STAMP)
	@$(RUN) -m tests.conformance.session_faults $(NAMES)

lint: $(STAMP)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: $(STAMP)
	@$(RUN) -m mypy

contracts: $(STAMP)
	@$(VENV)/bin/lint-imports

check: lint types contracts test

clean:
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt | $(RUN)
	@$(RUN) -c 'import quickfix' 2>/dev/null || { \
		{ { command -v gcc || command -v cc; } && { command -v g++ || command -v c++; }; } >/dev/null || { \
			echo "QuickFIX is compiled here and needs a C++ compiler: install gcc and g++ (Debian, Ubuntu: apt install g++)." >&2; exit 2; }; \
		$(RUN) -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || { \
			echo "QuickFIX is compiled here and needs the headers of $$($(RUN) -V) (Debian, Ubuntu: apt install python3-dev)." >&2; exit 2; }; \
		echo "QuickFIX is compiled the first time: 2 to 9 minutes, with a line each minute. pip keeps the result for later."; }
	@echo "Installing the pinned packages into $(VENV) ..."
	@set -o pipefail; $(PIP_INSTALL) --editable '.[dev]' 2>&1 | tee $(VENV)/install.log \
		| while read -r line; do if [[ $$line == *"Building wheel for quickfix"* ]]; then echo "  $$line"; fi; done \
		|| { tail -n 40 $(VENV)/install.log >&2; echo "The installation failed; all that pip said is in $(VENV)/install.log." >&2; exit 2; }
	@touch $@
	@echo "Set-up done; the next time this step is skipped."

$(RUN):
	@test -n "$(PYTHON)" || { \
		echo "fx-trader needs Python 3.11 or later, and the PATH has none. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "fx-trader needs Python 3.11 or later; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=/path/to/python3" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$$("$(PYTHON)" -V) cannot make a virtual environment: install its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; exit 2; }
	@echo "Making $(VENV) with $$("$(PYTHON)" -V) ..."
	@"$(PYTHON)" -m venv --clear $(VENV)
