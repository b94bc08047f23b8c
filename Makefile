# Two targets matter to a user: `make demo` and `make test`. Everything else serves them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: demo test fix lint types imports unit bench lock audit sbom clean

$(VENV)/.demo: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

$(VENV)/.test: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo,test]'
	touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	$(BIN)/auditor scan --demo --output-dir demo-report

test: $(VENV)/.test lint types imports unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

unit: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS)

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks.run

# What the project is released with: pinned dependencies, their known vulnerabilities, and what is in it.
LOCK = $(TOOLS)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url pyproject.toml

# An environment of its own: one of its packages makes jsonschema a second slower to import.
TOOLS := $(VENV)-release/bin

$(VENV)-release/.done: pyproject.toml
	test -x $(TOOLS)/python || $(PYTHON) -m venv $(VENV)-release
	$(TOOLS)/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7' 'pip-audit>=2.7' 'uv>=0.5'
	touch $@

lock: $(VENV)-release/.done
	$(LOCK) --extra analytics --extra demo --extra test --generate-hashes --custom-compile-command 'make lock' --output-file requirements.lock

audit: $(VENV)-release/.done
	$(TOOLS)/python -m pip_audit --require-hashes --disable-pip --requirement requirements.lock

sbom: $(VENV)-release/.done
	mkdir -p build
	$(LOCK) --constraint requirements.lock --no-header --no-annotate --output-file build/runtime.txt
	$(TOOLS)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file sbom.cdx.json build/runtime.txt

fix: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-release build sbom.cdx.json demo-report *.egg-info
