# Three verbs for newcomers: make demo, make test, make check. `make help` lists the rest.
PYTHON ?= python3
SECONDS ?= 60
DEVICES ?= 200
SEED ?= 7
BIN := .venv/bin

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 18

demo: .venv/run  ## a broker, the service and a simulated fleet; SECONDS=0 runs until Ctrl-C
	$(BIN)/truckroll demo --seconds $(SECONDS) --devices $(DEVICES) --seed $(SEED)

test: .venv/dev  ## the whole suite; REQUIRE_SERVICES=1 fails where a server is missing
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: .venv/dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev  ## the page of each detector, from its class
	$(BIN)/python -m truckroll.detector_pages docs/detectors

bench: .venv/dev ## what a message costs, beside the usual consumer
	$(BIN)/python -m bench.spine

bench-stores: .venv/dev ## what stores cost, and how fast the API answers over a million tickets
	$(BIN)/python -m bench.stores

bench-crash: .venv/dev ## a hundred kill -9 under load, a thousand random years of plans
	CRASHES=100 $(BIN)/python -m pytest -q tests/promises/test_crash.py
	PLAN_RUNS=1000 PLAN_KILLS=25 $(BIN)/python -m pytest -q tests/maintenance/test_plan_runs.py tests/truckroll/test_planner_crash.py

fuzz: .venv/dev  ## the properties at length, with new streams every time
	HYPOTHESIS_PROFILE=default DETECTOR_EXAMPLES=300 $(BIN)/python -m pytest -q -n auto --dist loadscope tests/contracts/test_detectors.py
	HYPOTHESIS_PROFILE=default API_EXAMPLES=200 $(BIN)/python -m pytest -q -n auto --dist load tests/api/test_contract.py

lock:            ## pin the dependencies anew (needs uv)
	uv pip compile -q pyproject.toml --extra build --extra plan --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --extra build --extra plan --extra postgres --extra sparkplug --extra ml --extra test --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Truckroll needs Python 3.11 or newer; name it: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: help demo test check docs bench bench-stores bench-crash fuzz lock
