#!/usr/bin/env bash
# Every test. The end-to-end ones run on a stack of their own (tests/e2e/stack.env), which is stopped at the end whatever happens.
# Arguments go to the last pytest call: tests/run.sh -k revision
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python
maven=(mvn -q -B --strict-checksums "-Dmaven.repo.local=$PWD/.lakehouse/cache/m2" -f infra/iceberg-rest/pom.xml)

step() { echo; echo "== $* (${SECONDS} s)"; }

step "fast tests"
"$python" -m pytest
step "catalog server's own tests"
"${maven[@]}" test
step "Spark jobs on local Iceberg tables"
"$python" -m pytest -m spark tests/spark

set -a
# shellcheck source=tests/e2e/stack.env
source tests/e2e/stack.env
set +a
# One scheduled run of each hourly DAG, for the last complete hour, is wanted; earlier hours are asked for by the tests.
PV_SCHEDULE_FROM=$(date -u -d '2 hours ago' +%Y-%m-%dT%H:00:00Z)
export PV_SCHEDULE_FROM
data=$PWD/$PV_DATA_DIR
stop() {
  local result=$?
  "$python" -m infra.native down
  # Data of a run that failed stays for a look, until the next run.
  if ((result == 0)); then rm -rf "$data"; fi
}
"$python" -m infra.native down >/dev/null
rm -rf "$data"
trap stop EXIT
step "the test stack"
"$python" -m infra.native up
step "tests on the stack"
"$python" -m pytest -m stack tests/unit tests/dags tests/sql tests/e2e "$@"
step "all passed"
