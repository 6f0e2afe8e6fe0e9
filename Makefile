# From a fresh clone, with Python 3.11 and a C compiler:
#
#   make demo            the three examples, in an environment of their own
#   make test            all tests
#   make lint            style and types
#   make bench           benchmarks beside TensorFlow, PyTorch and JAX
#   make coverage-table  docs/coverage.md
#
# A file .venv/.installed-X says that the packages of the extra X are there, so a second call is quick.

PYTHON ?= python3
VENV := .venv
PEERS := .peers
TYPED := $(wildcard headrace/_src/core headrace/_src/engine headrace/_src/objects)

.PHONY: demo test lint bench peers coverage-table

demo: $(VENV)/.installed-demo
	$(VENV)/bin/headrace run examples/regression.py
	$(VENV)/bin/headrace run examples/digits.py
	$(VENV)/bin/headrace run examples/text.py

test: $(VENV)/.installed-test
	$(VENV)/bin/python -m pytest

lint: $(VENV)/.installed-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy $(TYPED)

bench: $(VENV)/.installed-test $(PEERS)/.installed
	$(VENV)/bin/python benchmarks/run.py --peers $(PEERS)/bin/python

peers: $(PEERS)/.installed

coverage-table: $(VENV)/.installed-test
	$(VENV)/bin/python tools/face.py coverage

$(VENV)/.installed-%: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[$*]'
	touch $@

# PyTorch's own index has the build for the CPU; the one on PyPI brings gigabytes of CUDA.
$(PEERS)/.installed: | $(PEERS)/bin/python
	$(PEERS)/bin/python -m pip install --quiet --retries 1 torch==2.13.0 \
		--extra-index-url https://download.pytorch.org/whl/cpu
	$(PEERS)/bin/python -m pip install --quiet tensorflow-cpu==2.21.0 'jax>=0.10'
	touch $@

$(VENV)/bin/python $(PEERS)/bin/python:
	$(PYTHON) -m venv $(@D:/bin=)
