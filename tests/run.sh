#!/usr/bin/env bash
# Every test but the ones that take hours (make test-long). Arguments: those of tests/on_stack.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python
maven=(mvn -q -B --strict-checksums "-Dmaven.repo.local=$PWD/.lakehouse/cache/m2" -f infra/iceberg-rest/pom.xml)

step() { echo; echo "== $* (${SECONDS} s)"; }

step "fast tests"
"$python" -m pytest
step "catalog server's own tests"
"${maven[@]}" test
step "catalog server under faults, and beside it the Spark jobs on local Iceberg tables"
spark_said=$(mktemp)
trap 'kill %1 2>/dev/null || true; rm -f "$spark_said"' EXIT
# Two sessions, each with files of its own; the catalog's tests have deadlines and come first.
nice "$python" -m pytest -n 2 --durations=10 -m "spark and not long" tests/spark >"$spark_said" 2>&1 &
"$python" -m pytest --durations=10 -m catalog tests/catalog
wait $! && passed=0 || passed=$?
cat "$spark_said"
((passed == 0))
step "tests on a stack of their own"
./tests/on_stack.sh "$@"
step "worlds drawn by a seed, on a stack of their own"
PV_TEST_ENV=tests/worlds/worlds.env PV_TEST_FARMS=3 PV_TEST_DAYS=19 ./tests/on_stack.sh -m "stack and long" -n 0 -s tests/worlds/test_worlds.py
step "all passed"
