#!/usr/bin/env bash
# Tests on a compose stack of their own, which is removed with its volumes at the end when they pass. Arguments are pytest's.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python

set -a
# The native test stack's settings, on ports of its own; inside, services have the addresses of infra/compose.yaml.
# shellcheck source=/dev/null
source <(sed 's/\b21\([0-9]\{3\}\)\b/22\1/g' tests/e2e/stack.env)
MINIO_PORT=22000 ICEBERG_REST_PORT=22181 MLFLOW_PORT=22501
PV_DATA_DIR=$PWD/.lakehouse/data/compose-test
PV_SECRETS_DIR=$PWD/.lakehouse/data/compose-test/secrets
PV_PROJECT=pv-lakehouse-test
PV_PROFILES=demo
TRINO_SCHEME=https
TRINO_CA_FILE=$PV_SECRETS_DIR/trino_ca
AIRFLOW_AUTH=fab
# This script's own environment is read by the tests (addresses on this machine) and by compose (those of the sources).
PV_SCHEDULE_FROM=$(date -u -d '2 hours' +%Y-%m-%dT%H:00:00Z)
set +a
sources=(OPEN_NEM_API_URL OPENMETEO_WEATHER_API_URL OPENMETEO_FORECAST_API_URL OPENMETEO_AIRQUALITY_API_URL PV_ALERT_WEBHOOK_URL)
for name in "${sources[@]}"; do
  export "$name=${!name/127.0.0.1:22080/stand-in-apis:18080}"
done

stop() {
  local result=$?
  # What containers said goes with them: of a run that failed it stays for a look, until the next run.
  ((result == 0)) || docker compose -p "$PV_PROJECT" logs --timestamps --no-color >"$PV_DATA_DIR/logs/containers.log" || true
  ./docker/stack.sh down
  if ((result == 0)); then
    docker volume ls -q --filter "label=com.docker.compose.project=$PV_PROJECT" | xargs -r docker volume rm >/dev/null
    rm -rf "$PV_DATA_DIR"
  fi
}
mkdir -p "$PV_DATA_DIR/logs"
trap stop EXIT
./docker/stack.sh up
"$python" -m pytest --durations=15 -m stack tests/e2e/test_recorded_week.py tests/e2e/test_hours_and_revisions.py \
  tests/e2e/test_strange_values.py tests/e2e/test_access.py tests/compose "$@"
