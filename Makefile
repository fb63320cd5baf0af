# Thin: each target calls one program. `make help` lists them by who needs them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .lakehouse/venv/bin/python
NATIVE := $(PY) -m infra
COMPOSE := ./docker/stack.sh

help: ## list the commands
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ First

prerequisites: ## install what must be on the machine (Debian, Ubuntu): make, Python, a JDK, Maven; ENGINE=1: Docker too
	@ENGINE="$(ENGINE)" ./infra/install/prerequisites.sh install

demo: install ## start the stack on recorded data, run a day and an hour, print the KPI table
	@$(NATIVE) demo

up: install ## start the stack against the real APIs (or what .env says)
	@$(NATIVE) up

down: ## stop the stack; nothing is lost
	@if [[ -x $(PY) ]]; then $(NATIVE) down; else echo "down: nothing is installed"; fi

##@ Analysts and data engineers

sql: ## Trino's command line on the lakehouse; TRINO_USER=analyst reads
	@$(NATIVE) sql

backfill: ## rebuild network-local days: FROM=2025-01-01 TO=2025-01-08 (exclusive) [FROM_LAYER=landing|bronze|silver] [RESUME=0] [DRY_RUN=1]
	@$(NATIVE) backfill "$(FROM)" "$(TO)" $(FROM_LAYER) $(if $(RESUME),RESUME="$(RESUME)") $(if $(DRY_RUN),DRY_RUN="$(DRY_RUN)")

model-rollback: ## make the former champion of the plant models champion again, or VERSION=3; VERSION=0: the registry's prior
	@$(NATIVE) model-rollback $(if $(VERSION),VERSION="$(VERSION)")

##@ Operators

status: ## what runs, and the health of each service
	@$(NATIVE) status

logs: ## follow all logs
	@$(NATIVE) logs

rotate: ## new values for generated secrets: SECRET=NAME, SECRET="NAME NAME" or SECRET=all
	@$(NATIVE) rotate $(SECRET)

backup: ## copy databases and objects of the running stack into PV_BACKUP_DIR
	@$(NATIVE) backup

restore: install ## fill an empty stack: BACKUP=20250108T030405Z or a folder
	@$(NATIVE) restore "$(BACKUP)"

##@ The same in containers

compose-demo: ## the demo: builds the images, a recorded day and an hour, the KPI table
	@$(COMPOSE) demo

compose-up: ## builds the images, returns when all is healthy and the tables are there
	@$(COMPOSE) up

compose-down: ## stop the containers, also the demo's; volumes stay
	@$(COMPOSE) down
	@$(COMPOSE) down demo

compose-status: ## what runs, and its health
	@$(COMPOSE) status

compose-logs: ## follow all logs, or those of SERVICE=trino
	@$(COMPOSE) logs $(SERVICE)

compose-sql: ## Trino's command line; TRINO_USER=analyst reads
	@$(COMPOSE) sql

compose-backfill: ## as `make backfill`
	@$(COMPOSE) backfill "$(FROM)" "$(TO)" $(FROM_LAYER) $(if $(RESUME),RESUME="$(RESUME)") $(if $(DRY_RUN),DRY_RUN="$(DRY_RUN)")

compose-model-rollback: ## as `make model-rollback`
	@$(COMPOSE) model-rollback $(if $(VERSION),VERSION="$(VERSION)")

compose-rotate: ## as `make rotate`: SECRET=NAME, SECRET=all
	@$(COMPOSE) rotate $(SECRET)

compose-backup: ## as `make backup`
	@$(COMPOSE) backup

compose-restore: ## as `make restore`: BACKUP=20250108T030405Z; without one it lists those that there are
	@$(COMPOSE) restore $(BACKUP)

secrets: ## write the secrets of the containers that have no value yet
	@$(COMPOSE) secrets

##@ Developers

install: ## install everything the lock files name into .lakehouse/
	@./infra/install/install.sh

test-fast: install ## the tests without a stack, in about two minutes; PYTEST="-k silver" chooses
	@$(PY) -m pytest -q $(PYTEST)

check: install ## formatters, linters, types, SQL lint, lock files and generated files in step
	@$(PY) -m infra.checks

test: install ## the tests, also the end-to-end ones on a stack of their own; what takes minutes each is left to test-long
	@./tests/run.sh

compose-test: install ## the end-to-end tests on a compose stack of their own; QUICK=1: without those that take minutes
	@QUICK=$(QUICK) ./tests/on_compose.sh

test-long: install ## the tests that take hours: every service killed at every stage, the engine of the containers too; 220 drawn worlds; the last version installed and taken over; the Go parts built for arm64
	@$(PY) -m infra.install "MinIO for arm64" "versitygw for arm64"
	@$(PY) -m pytest -m "spark and long" tests/spark
	@./tests/on_stack.sh -m "long and not spark" tests/sql tests/e2e
	@./tests/on_worlds.sh
	@./tests/on_compose.sh -m long
	@./tests/last_version/upgrade.sh native
	@./tests/last_version/upgrade.sh containers

test-storage: install ## the recorded week and more on versitygw in MinIO's place
	@./tests/on_versitygw.sh native

test-other-catalog: install ## the recorded week with an external catalog and an external store: Nessie, versitygw
	@./tests/on_other_servers.sh storage,catalog native

compose-test-storage: install ## the recorded week in containers, on versitygw in MinIO's place
	@./tests/on_versitygw.sh containers

compose-test-elsewhere: install ## the recorded week in containers, with versitygw and Nessie beside them
	@./tests/on_other_servers.sh storage,catalog containers

bench: install ## measure an hour, a day and the idle stack on a stack of its own
	@$(NATIVE) bench

##@ Maintainers

sbom: install ## what the lock files name as CycloneDX documents, in .lakehouse/sbom
	@$(PY) -m infra.audit sbom

audit: install ## known vulnerabilities of everything that the lock files name; asks the OSV list [LOCAL_LIST=folder]
	@$(PY) -m infra.install osv-scanner
	@$(PY) -m pytest -q tests/unit/infra/audit
	@$(PY) -m infra.audit $(if $(LOCAL_LIST),--local-list "$(LOCAL_LIST)")

lock: install ## compile the lock files from their hand-written inputs
	@./infra/python/lock.sh

clean: ## remove what was built; asks before data
	@./infra/install/clean.sh

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))
