# Every target installs what it needs first; `make help` lists them.
PYTHON ?= python3
PORT ?= 3000
HOST ?= 127.0.0.1
CONFIG ?= configs/default.yaml
MODEL ?= models/security-themes
REAL_DEV ?= ../shared/data/real_dev.jsonl

DATA ?= corpus/*.jsonl
AGAINST ?= models/security-themes
REPORT ?= reports/last

# Three environments: serving and judging go without torch and transformers.
DEV := .venv
SERVE := .venv-serve
JUDGE := .venv-judge
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

export BENTOML_DO_NOT_TRACK := True
export DO_NOT_TRACK := 1
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: help serve train quality evaluate gate test test-all test-slow check format schema bento clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

serve: $(SERVE)/.done ## Serve MODEL on http://HOST:PORT (with its page) until SIGTERM or Ctrl-C
	exec $(SERVE)/bin/mihwar serve --model $(MODEL) --host $(HOST) --port $(PORT)

train: $(DEV)/.done ## Train as CONFIG says; the model folder is replaced at the very end
	$(DEV)/bin/mihwar train $(CONFIG)

quality: $(DEV)/.done ## One table: MODEL on real news (REAL_DEV, skipped where it is not there) and on its test split
	$(DEV)/bin/mihwar quality $(MODEL) --real $(REAL_DEV)

evaluate: $(JUDGE)/.done ## Judge MODEL on DATA against AGAINST; write REPORT; end with 1 if a gate fails
	$(JUDGE)/bin/mihwar evaluate $(MODEL) --data "$(DATA)" --against $(AGAINST) --report $(REPORT)

gate: $(JUDGE)/.done ## What CI asks of a change: train the small model of configs/ci.yaml, judge it, write reports/ci
	$(JUDGE)/bin/mihwar train configs/ci.yaml
	$(JUDGE)/bin/mihwar evaluate models/security-themes-ci --data "corpus/*.jsonl" --against $(AGAINST) --report reports/ci

test: $(DEV)/.done ## Run the tests but the slowest (at most 10 minutes)
	$(DEV)/bin/python -m pytest -m "not slow"

test-slow: $(DEV)/.done ## Run the slowest tests alone
	$(DEV)/bin/python -m pytest -m slow

test-all: test test-slow ## Run all tests

check: $(DEV)/.done ## Lint, formatting and types
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy
	$(DEV)/bin/zizmor --offline --persona=pedantic --quiet .github/workflows

format: $(DEV)/.done ## Let ruff mend what it can
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .

schema: $(DEV)/.done ## Write the JSON Schemas of configs, theme files and reports anew
	$(DEV)/bin/mihwar config schema > configs/schema.json
	$(DEV)/bin/mihwar config schema --themes > configs/themes/schema.json
	$(DEV)/bin/mihwar report schema > evaluation/report.schema.json

bento: $(DEV)/.done ## Build the Bento
	PATH="$(CURDIR)/$(DEV)/bin:$$PATH" UV_CONSTRAINT="$(CURDIR)/constraints.txt" $(DEV)/bin/bentoml build

clean: ## Remove environments, caches and unfinished runs
	rm -rf $(DEV) $(SERVE) $(JUDGE) reports runs dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(DEV)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/python $(PIP) torch
	$(DEV)/bin/python $(PIP) --editable ".[dev]"
	touch $@

$(SERVE)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SERVE)
	$(SERVE)/bin/python $(PIP) --editable ".[serving]"
	touch $@

$(JUDGE)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(JUDGE)
	$(JUDGE)/bin/python $(PIP) --editable ".[evaluation]"
	touch $@
