# Sourced by docker/stack.sh: images, and the containers from nothing to healthy and back.
# shellcheck shell=bash

build_images() { # COMPOSE …: says which step is at work; what a failed one said stands in the log
  local log=$PWD/.lakehouse/install-logs/images.log
  mkdir -p -m 700 "${log%/*}"
  BUILDKIT_PROGRESS=plain "$@" build 2>&1 | tee "$log" | awk '
    $2 ~ /^\[/ && / RUN / { line = substr($0, index($0, "[")); gsub(/--mount=[^ ]+ */, "", line); step[$1] = substr(line, 1, 110); next }
    $2 == "CACHED" { delete step[$1]; next }
    $1 in step { if (!told[$1]++) { print "compose: " step[$1]; fflush() } delete step[$1] }' || {
    tail -40 "$log" >&2
    refuse "an image could not be built, see above and $log"
  }
}

say_failed() { # what those said last that ended badly: of a one-shot it is the reason
  local service
  for service in $("${compose[@]}" ps -a --format '{{.Service}} {{.ExitCode}} {{.State}}' | awk '$2 != 0 && $3 == "exited" { print $1 }'); do
    "${compose[@]}" logs --tail 20 "$service" >&2
  done
}

refuse_other_password() { # which postgres' own health check says to postgres alone
  ! "${compose[@]}" logs --no-log-prefix --tail 50 postgres 2>/dev/null | grep -F 'password authentication failed for user "postgres"' >/dev/null ||
    refuse "Postgres refuses $PV_SECRETS_DIR/postgres_password: its volume was made with another value; put that one back (rotate changes it)"
}

await_tables() { # and pools: the one-shot that comes after all services are healthy
  if [[ $(docker wait "$("${compose[@]}" ps -aq lakehouse-init)") != 0 ]]; then
    "${compose[@]}" logs --no-log-prefix --tail 20 lakehouse-init >&2
    refuse "the tables were not set up, see above; docker compose -p $PV_PROJECT logs SERVICE says more"
  fi
}

up() {
  check_engine # before the lock, which an engine that is started here would keep
  check_base
  alone
  check_authorities
  check_store
  refuse_foreign_volumes
  check_machine
  check_ports
  local proxy_before there
  proxy_before=$(cat "$PV_SECRETS_DIR/https_proxy" 2>/dev/null || true)
  there=$("${compose[@]}" ps -q airflow-scheduler 2>/dev/null || true)
  echo "compose: images are built, which takes minutes the first time (.lakehouse/install-logs/images.log) …"
  fill_secrets
  build_images "${compose[@]}"
  local began=$SECONDS
  "${compose[@]}" up -d --no-build --remove-orphans || {
    say_failed
    refuse_other_password
    refuse "a service did not become healthy; what they say: docker compose -p $PV_PROJECT ps -a, and logs SERVICE"
  }
  # They read it when they start.
  [[ -z $there || $proxy_before == "$(<"$PV_SECRETS_DIR/https_proxy")" ]] ||
    "${compose[@]}" up -d --no-build --force-recreate --no-deps airflow-scheduler airflow-triggerer
  await_tables
  echo "compose: healthy, with tables, in $((SECONDS - began)) s"
}

addresses() { # of what runs here
  sed "$(is_external s3 && echo '/^  MinIO/d;')$(runs_versitygw && echo "s|^  MinIO console  [^ ]*|  S3             http://127.0.0.1:${MINIO_PORT:-9000}|;")$(is_external catalog && echo '/^  Iceberg/d')" <<TEXT
  Airflow        http://127.0.0.1:${AIRFLOW_PORT:-8088}    admin or viewer, $PV_SECRETS_DIR/airflow_{admin,viewer}_password
  Trino          https://127.0.0.1:${TRINO_PORT:-8080}   admin or analyst, $PV_SECRETS_DIR/trino_{admin,analyst}_password; trust $PV_SECRETS_DIR/trino_ca
  MLflow         http://127.0.0.1:${MLFLOW_PORT:-5001}    reader or scientist, $PV_SECRETS_DIR/mlflow_{reader,scientist}_password
  MinIO console  http://127.0.0.1:${MINIO_CONSOLE_PORT:-9001}    $PV_SECRETS_DIR/minio_{access,secret}_key
  Iceberg REST   http://127.0.0.1:${ICEBERG_REST_PORT:-8181}    $PV_SECRETS_DIR/catalog_reader_token
  Spark          http://127.0.0.1:${SPARK_UI_PORT:-8090}    no login
TEXT
}

down() {
  if made_elsewhere && belongs_to_another; then
    echo "compose: nothing to stop: $(whose_volumes)"
    return
  fi
  # `run` and stopped services belong to profiles too: all of them go.
  export COMPOSE_PROFILES=demo,scale,by-hand
  "${compose[@]}" stop
  "${compose[@]}" rm --force --volumes >/dev/null # with what Spark's master remembers: volumes without a name
  "${compose[@]}" down --remove-orphans
}
