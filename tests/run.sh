#!/usr/bin/env bash
# Every test but the ones that take hours (make test-long). Arguments go to the last pytest call: tests/run.sh -k revision
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python
maven=(mvn -q -B --strict-checksums "-Dmaven.repo.local=$PWD/.lakehouse/cache/m2" -f infra/iceberg-rest/pom.xml)

step() { echo; echo "== $* (${SECONDS} s)"; }

step "fast tests"
"$python" -m pytest
step "catalog server's own tests"
"${maven[@]}" test
step "catalog server under faults"
"$python" -m pytest -m catalog tests/catalog
step "Spark jobs on local Iceberg tables"
"$python" -m pytest -m spark tests/spark
step "tests on a stack of their own"
./tests/on_stack.sh -m "stack and not long" tests/unit tests/dags tests/sql tests/e2e "$@"
step "all passed"
