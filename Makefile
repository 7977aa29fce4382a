# `make demo` and `make test` are all that a newcomer needs; each builds the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test dist docs reference packages up down lint types bench simulate compose-env clean

help:
	@echo "make demo | test | dist | docs | reference | packages | setup | up | down | lint | types | bench | simulate | compose-env | clean"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "python3 has no venv module: install python3-venv, or name another with make PYTHON=..."; exit 1; }
	@# The pip of an older Python takes three times as long to look at what there is.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/redaction demo

# Modules are compiled once, and not by each of the forty processes that the tests start.
test: setup packages
	$(BIN)/python -m compileall -q redaction dags
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest

# An sdist, and the wheel that is built from it, in dist/.
dist: setup
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .

# The site, in build/site. `--quiet` would hide the warnings that `--strict` counts; a broken link, a page without a place or anything loaded from elsewhere is an error.
docs: setup
	$(BIN)/python -m tools.links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	$(BIN)/python -m tools.site build/site

# Updates the generated parts of the reference, and the drawings.
reference: setup
	$(BIN)/python -m tools.reference
	$(BIN)/python -m tools.diagrams

# What the tests run besides: a browser, Redis, docker-compose, PgBouncer; from Debian, when this is root. Otherwise the tests that
# need one of them are skipped, and say so.
PACKAGES := chromium redis-server docker-compose pgbouncer
packages:
	@for package in $(PACKAGES); do command -v $$package > /dev/null || missing=yes; done; [ -z "$$missing" ] \
	  || { [ "$$(id -u)" -eq 0 ] && command -v apt-get > /dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES); } \
	  || echo "not all of $(PACKAGES) are installed, and only root can: the tests that need them will be skipped"

up: setup
	$(BIN)/redaction up

down: setup
	$(BIN)/redaction down

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.prose
	$(BIN)/python -m tools.links

types: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m bench.load
	$(BIN)/python -m bench.collect
	$(BIN)/python -m bench.parse
	$(BIN)/python -m bench.redact
	$(BIN)/python -m bench.answer
	$(BIN)/python -m bench.proof
	$(BIN)/python -m bench.account_run
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.placements
	$(BIN)/python -m bench.agency
	$(BIN)/python -m bench.midnight
	$(BIN)/python -m bench.ratios

simulate: setup
	$(BIN)/python -m bench.simulate --out docs/images

# Fresh secrets for docker-compose.yml, which refuses to start without them.
compose-env:
	@$(PYTHON) docker/make_env.py .env

clean:
	rm -rf $(VENV) dist build .redaction .redaction-recordings .pytest_cache .mypy_cache .ruff_cache .hypothesis
