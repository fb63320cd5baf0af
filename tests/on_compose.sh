#!/usr/bin/env bash
# Tests on a compose stack of their own, which is removed with its volumes at the end when they pass. Arguments are pytest's.
#   QUICK=1         without what takes minutes: a day rebuilt, the comparison with the native stack, hours out of order, strange
#                   values, interruptions and the backup
#   ONLY="TEST …"   these
#   PV_TEST_ENV     file of further settings
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python

# shellcheck source=tests/compose/environment.sh
source tests/compose/environment.sh
set -a
# shellcheck disable=SC1090
if [[ -n ${PV_TEST_ENV:-} ]]; then source "$PV_TEST_ENV"; fi
set +a
remove_volumes() { docker volume ls -q --filter "label=com.docker.compose.project=$PV_PROJECT" | xargs -r docker volume rm >/dev/null; }
stop() {
  local result=$?
  # What containers said goes with them: of a run that failed it is kept for inspection until the next run.
  ((result == 0)) || docker compose -p "$PV_PROJECT" logs --timestamps --no-color >"$PV_DATA_DIR/logs/containers.log" || true
  ./docker/stack.sh down
  if ((result == 0)); then
    remove_volumes
    rm -rf "$PV_DATA_DIR"
  fi
}
mkdir -p "$PV_DATA_DIR/logs"
trap stop EXIT
if docker info >/dev/null 2>&1; then # a run that failed left its volumes
  ./docker/stack.sh down
  remove_volumes
fi
./docker/stack.sh up
tests=(tests/e2e/test_{recorded_week,access,logins,trino_logins,doors,notebooks,clients}.py tests/e2e/test_operations.py::test_a_publication_is_logged_to_mlflow
  tests/e2e/test_engines_agree.py::test_a_reader_cannot_write tests/compose/test_{access_inside,commands,containers,doors_inside}.py)
if [[ -n ${ONLY:-} ]]; then
  read -ra tests <<<"$ONLY"
elif [[ -n ${QUICK:-} ]]; then
  tests+=(--deselect tests/compose/test_commands.py::test_a_day_is_rebuilt_without_asking_the_sources)
else
  tests+=(tests/e2e/test_{deployments,hours_and_revisions,wrong_sources}.py tests/compose)
fi
"$python" -m pytest --durations=15 -m "stack and not long" "${tests[@]}" "$@"
