#!/usr/bin/env bash
# Tests on a stack of their own (tests/e2e/stack.env), which is stopped at the end whatever happens.
# The arguments are pytest's: tests/on_stack.sh -m stack tests/e2e -k revision. Without any: all but those of `make test-long`.
# PV_TEST_ENV names a file of further settings. As root all of it runs without a network, and every attempt to use one is noted
# (tests/no_network.py); PV_TEST_NETWORK=1 leaves it its network.
# The stack begins with a data folder of the last version (tests/last_version), so that each run takes one over; with PV_TEST_EMPTY=1,
# and with servers that the last version's folder knows nothing of, it begins with none. PV_LAST_VERSION: another folder of its data.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python
if ((EUID == 0)) && [[ -z ${PV_TEST_NETWORK:-}${PV_NETWORK_RECORD:-} && -c /dev/net/tun ]] && command -v ip >/dev/null; then
  record=$PWD/.lakehouse/network-attempts.jsonl
  exec unshare --net --mount -- "$python" -m tests.no_network "$record" "tests/$(basename "$0")" "$@"
fi

set -a
# shellcheck source=tests/e2e/stack.env
source tests/e2e/stack.env
# shellcheck disable=SC1090
if [[ -n ${PV_TEST_ENV:-} ]]; then source "$PV_TEST_ENV"; fi
set +a
# One scheduled run of each hourly DAG, for the last complete hour, is wanted; earlier hours are asked for by the tests.
PV_SCHEDULE_FROM=$(date -u -d '2 hours ago' +%Y-%m-%dT%H:00:00Z)
export PV_SCHEDULE_FROM
data=$PWD/$PV_DATA_DIR
stop() {
  local result=$?
  "$python" -m infra down
  # Data of a run that failed is kept for inspection until the next run.
  if ((result == 0)); then rm -rf "$data"; fi
}
"$python" -m infra down >/dev/null
rm -rf "$data"
trap stop EXIT
last=${PV_LAST_VERSION:-tests/last_version}/data.tar.xz
if [[ -z ${PV_TEST_EMPTY:-} && -e $last && $S3_SERVER == minio && $CATALOG_SERVER == iceberg-rest ]]; then
  mkdir -p "$data"
  tar -C "$data" --numeric-owner -xJf "$last"
fi
"$python" -m infra up
if (($#)); then
  "$python" -m pytest --durations=25 "$@"
else
  # Those of the SQL files have schemas of their own.
  "$python" -m pytest --durations=10 -m "stack and not long" -n 2 tests/sql
  "$python" -m pytest --durations=40 -m "stack and not long" tests/unit tests/dags tests/e2e
fi
