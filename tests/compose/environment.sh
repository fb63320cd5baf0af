# Sourced: the compose test stack's settings, for docker/stack.sh and for the tests, from the project's folder.
# shellcheck shell=bash
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
# In containers a volume.
unset PV_BACKUP_DIR
# This environment is read by the tests (addresses on this machine) and by compose (those of the sources).
PV_SCHEDULE_FROM=$(date -u -d '2 hours' +%Y-%m-%dT%H:00:00Z)
set +a
sources=(OPEN_NEM_API_URL OPENMETEO_WEATHER_API_URL OPENMETEO_FORECAST_API_URL OPENMETEO_AIRQUALITY_API_URL OPENMETEO_SATELLITE_API_URL AEMO_NEXT_DAY_DISPATCH_URL PV_ALERT_WEBHOOK_URL)
for name in "${sources[@]}"; do
  export "$name=${!name/127.0.0.1:22080/stand-in-apis:18080}"
done
