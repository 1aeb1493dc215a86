# Everything that is set up or kept between runs lives in one folder, which may be moved.
SHELL := bash
export TARGETFINDER_CACHE ?= $(CURDIR)/.cache
# Real files for tests; what needs them says so where they are not.
export TARGETFINDER_SHARED_DATA ?= $(CURDIR)/../shared/data
PYTHON_BIN := "$$TARGETFINDER_CACHE/venv/bin"

.PHONY: help demo test lint setup lock clean
help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8
	@echo "ARGS=... is passed on: make demo ARGS='--indications ewing_sarcoma -resume', make test ARGS='-k rank'"

demo: ## set up, then rank two indications from real cohorts into results/
	bin/bootstrap run
	bin/nextflow -log "$$TARGETFINDER_CACHE/nextflow.log" run main.nf -profile demo -work-dir "$$TARGETFINDER_CACHE/work" $(ARGS)

# No --basetemp: pytest empties that folder when the first test asks for a tmp_path, and pytest-workflow keeps its finished
# runs in it. A TMPDIR of our own holds both apart and goes when all is well. --git-aware: a scenario runs in a copy of
# the tracked files (so `git add` a new file first).
test: ## set up, then run all tests
	bin/bootstrap dev
	bin/targetfinder reference fetch
	export TMPDIR=$$(mktemp -d) && \
	$(PYTHON_BIN)/python -m pytest --workflow-threads 2 --keep-workflow-wd-on-fail $(if $(wildcard .git),--git-aware) $(ARGS) && \
	rm -rf "$$TMPDIR"

lint: ## check style and types
	bin/bootstrap dev
	$(PYTHON_BIN)/ruff check
	$(PYTHON_BIN)/ruff format --check
	$(PYTHON_BIN)/mypy

setup: ## set up for running and developing
	bin/bootstrap dev

# Kept versions stay unless ARGS=--upgrade. What developers add must fit what users run.
COMPILE = $(PYTHON_BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(ARGS)
lock: ## write conf/lock/*.txt anew from pyproject.toml
	bin/bootstrap run
	$(COMPILE) --group uv -o conf/lock/uv.txt
	$(COMPILE) pyproject.toml --group build -o conf/lock/run.txt
	$(COMPILE) pyproject.toml --group build --group dev -c conf/lock/run.txt -o conf/lock/dev.txt
	$(COMPILE) --group nf-core -o conf/lock/nf-core.txt
	! grep -n '://' conf/lock/*.txt

clean: ## remove results and runs, keep what was downloaded
	rm -rf results .nextflow .nextflow.log* .pytest_cache .mypy_cache .ruff_cache "$$TARGETFINDER_CACHE"/{work,nextflow.log*}
