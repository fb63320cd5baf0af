#!/usr/bin/env bash
# The stack in containers, for people: docker/stack.sh COMMAND. What may stand in its way is found before anything starts.
#   machine                     whether containers can run here: an engine, memory, disk
#   up, demo, down [demo]       as make compose-up, compose-demo, compose-down
#   status, logs [SERVICE …]    what runs and how it is; what it says, followed
#   sql [OPTION …]              Trino's command line, as admin or TRINO_USER=analyst
#   backfill FROM TO [LAYER] [RESUME=0] [DRY_RUN=1]
#                               network-local days rebuilt, TO exclusive; LAYER: fetch (ask the sources), landing, bronze, silver
#   exec PROGRAM …              with the environment of Airflow's tasks: exec airflow dags list
#   rotate NAME …, rotate all   new values for secrets
#   backup, restore [NAME]      docs/runbooks/backup-and-restore.md
# In the environment:
#   PV_PROFILES                 profiles beside the ordinary services, comma-separated (demo, scale)
#   PV_DEMO=1                   the demo's containers are meant
#   PV_PROJECT                  name of the compose project: containers and volumes (pv-lakehouse; each clone's demo has its own)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=docker/given.sh
source docker/given.sh
# shellcheck source=docker/volumes.sh
source docker/volumes.sh
# The demo's data, keys and volumes are its own: made-up rows never mix with real ones.
if [[ ${PV_DEMO:-} || $* == demo || $* == "down demo" ]]; then
  PV_PROFILES=demo PV_SECRETS_DIR=$PWD/.lakehouse/demo-secrets
  PV_PROJECT=$(demo_project "$PV_SECRETS_DIR")
  set -a
  for name in $(known_secrets); do # of .env's none
    [[ $name == https_proxy ]] || printf -v "${name^^}" ''
  done
  # shellcheck source=docker/demo.env
  source docker/demo.env
  PV_SCHEDULE_FROM=$(date -u -d '1 hour' +%Y-%m-%dT%H:00:00Z)
  set +a
fi
export PV_PROJECT=${PV_PROJECT:-pv-lakehouse}
export COMPOSE_PROFILES=${PV_PROFILES:-}
export PV_SECRETS_DIR=${PV_SECRETS_DIR:-$PWD/.lakehouse/secrets}
# Builds trust what this machine trusts: behind a company proxy that is more than the base image does.
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
[[ -f $bundle ]] || bundle=/dev/null
export PV_BUILD_CA=${PV_BUILD_CA:-$bundle}
env_file=() no_terminal=()
[[ ! -f .env ]] || env_file=(--env-file .env)
files=(infra/compose.yaml)
for server in s3 catalog; do
  ! is_external "$server" || files+=("infra/compose.external-$server.yaml")
done
! runs_versitygw || files+=(infra/compose.versitygw.yaml)
compose=(docker compose "${env_file[@]}" -p "$PV_PROJECT" "${files[@]/#/-f}")

refuse() {
  echo "compose: $1" >&2
  exit 1
}

alone() { # from here to the end of this command no other one changes the containers that these secrets belong to
  mkdir -p -m 700 "$PV_SECRETS_DIR"
  exec 9<"$PV_SECRETS_DIR"
  flock -n 9 || refuse "another docker/stack.sh is at work with $PV_SECRETS_DIR: try again when it is over"
}

at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1) == "$1" ]]; }

check_engine() {
  docker info >/dev/null 2>&1 ||
    refuse "no Docker engine answers: start one (docker info says why it does not); on Debian \`make prerequisites ENGINE=1\` brings one, as root"
  local engine client least
  engine=$(docker version --format '{{.Server.Version}}')
  at_least 20.10 "$engine" || refuse "the Docker engine is $engine; 20.10 or newer is needed"
  client=$(docker compose version --short 2>/dev/null) || refuse "docker compose is missing: install the Compose plugin, 2.20 or newer"
  ((${#files[@]} == 1)) && least=2.20 || least=2.24.4 # from which on a file takes services out of another
  at_least $least "${client#v}" || refuse "Compose is $client; $least or newer is needed"
}

check_base() { # the one image that comes from elsewhere
  local base=${BASE_IMAGE:-debian:trixie-slim}
  ! docker image inspect "$base" >/dev/null 2>&1 || return 0
  ! docker pull --quiet "$base" >/dev/null 2>&1 || return 0
  refuse "the base image $base cannot be pulled: set BASE_IMAGE to one that can; on Debian \`make prerequisites ENGINE=1\` makes one, as root"
}

build_images() { # says which step is at work; what a failed one said stands in the log
  local log=$PWD/.lakehouse/install-logs/images.log
  mkdir -p -m 700 "${log%/*}"
  echo "compose: images are built, which takes minutes the first time ($log) …"
  BUILDKIT_PROGRESS=plain "${compose[@]}" build 2>&1 | tee "$log" | awk '
    $2 ~ /^\[/ && / RUN / { line = substr($0, index($0, "[")); gsub(/--mount=[^ ]+ */, "", line); step[$1] = substr(line, 1, 110); next }
    $2 == "CACHED" { delete step[$1]; next }
    $1 in step { if (!told[$1]++) { print "compose: " step[$1]; fflush() } delete step[$1] }' || {
    tail -40 "$log" >&2
    refuse "an image could not be built, see above and $log"
  }
}

check_settings() { # what containers cannot mean, and what .env sets and they would not see
  local taken ignored address
  [[ $(given s3_server) =~ ^(minio|versitygw|external|)$ ]] || refuse "S3_SERVER=$(given s3_server) is unknown: minio, versitygw or external"
  [[ $(given catalog_server) =~ ^(iceberg-rest|external|)$ ]] || refuse "CATALOG_SERVER=$(given catalog_server) is unknown: iceberg-rest or external"
  (($(stat -Lc 0%a "$PV_BUILD_CA") & 4)) || refuse "containers cannot read $PV_BUILD_CA (SSL_CERT_FILE): chmod o+r"
  for address in $(is_external s3 && given minio_endpoint) $(is_external catalog && given iceberg_rest_uri) $(given https_proxy); do
    [[ ! $address =~ ://(127\.|localhost|\[::1\]) ]] || refuse "$address is in each container that container itself: set an address by which containers reach it"
  done
  [[ -f .env ]] || return 0
  taken=$( (grep -oh '\${[A-Z0-9_]*' "${files[@]}" | tr -d '${'; printf '%s_SERVER\n' S3 CATALOG; known_secrets | tr '[:lower:]' '[:upper:]') | sort -u)
  ignored=$(sed -nE 's/^(export +)?([A-Z][A-Z0-9_]*)=.+/\2/p' .env | sort -u | grep -vxF "$taken" | tr '\n' ' ') || return 0
  echo "compose: containers do not take from .env: ${ignored% }" >&2
}

check_store() { # the objects are where they were
  local server=minio other=versitygw
  ! is_external s3 || return 0
  ! runs_versitygw || server=versitygw other=minio
  [[ -z $(docker volume ls -q --filter "name=^${PV_PROJECT}_$other\$") ]] ||
    refuse "the volume ${PV_PROJECT}_$other holds the objects of S3_SERVER=$other: $server needs a PV_PROJECT and PV_SECRETS_DIR of its own; docs/storage.md says how objects move"
}

check_machine() {
  local memory_gib disk_gib least_gib root
  memory_gib=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1048576))
  ((memory_gib >= ${PV_LEAST_MEMORY_GIB:-11})) || refuse "this machine has $memory_gib GiB of memory; 12 are needed (see infra/compose.yaml)"
  root=$(docker info --format '{{.DockerRootDir}}')
  disk_gib=$(($(df --output=avail -k "$root" | tail -1) / 1048576))
  # With the images there it is the data that needs room.
  # shellcheck disable=SC2046
  docker image inspect $("${compose[@]}" config --images) >/dev/null 2>&1 && least_gib=3 || least_gib=15
  ((disk_gib >= ${PV_LEAST_DISK_GIB:-$least_gib})) || refuse "$root has $disk_gib GiB free; $least_gib are needed: docker system df says what lies there"
}

check_ports() {
  [[ -z $("${compose[@]}" ps -q 2>/dev/null) ]] || return 0 # ours hold them
  local published
  while read -r published; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$published") 2>/dev/null ||
      refuse "port $published is taken (is the native stack up? make down): stop what listens there or set another in .env (MINIO_PORT, TRINO_PORT, …: infra/compose.yaml)"
  done < <("${compose[@]}" config --format json | grep -o '"published": *"[0-9]*"' | grep -o '[0-9]*')
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
  check_settings
  check_store
  check_volumes
  local proxy_before there
  proxy_before=$(cat "$PV_SECRETS_DIR/https_proxy" 2>/dev/null || true)
  there=$("${compose[@]}" ps -q airflow-scheduler 2>/dev/null || true)
  ./docker/secrets.sh
  check_machine
  check_ports
  build_images
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

case ${1:-} in
  sql | backfill | exec | backup | restore | rotate)
    refuse_foreign_volumes
    ;;&
  up)
    up
    addresses
    ;;
  demo)
    up
    exec 9<&-
    "${compose[@]}" run --rm demo
    addresses
    echo "docker/stack.sh down demo stops it; volumes stay"
    ;;
  status)
    "${compose[@]}" ps -a --format 'table {{.Service}}\t{{.Status}}'
    ;;
  logs)
    "${compose[@]}" logs --follow --tail 20 "${@:2}"
    ;;
  sql)
    [[ -t 0 ]] || no_terminal=(-T)
    "${compose[@]}" run --rm --no-deps "${no_terminal[@]}" sql sql "${@:2}"
    ;;
  backfill)
    [[ $# -ge 3 ]] || refuse "say which days: docker/stack.sh backfill 2025-01-01 2025-01-08 [LAYER] [RESUME=0] [DRY_RUN=1]"
    "${compose[@]}" run --rm --no-deps -T backfill backfill "${@:2}"
    ;;
  exec)
    [[ -t 0 ]] || no_terminal=(-T)
    "${compose[@]}" exec "${no_terminal[@]}" airflow-scheduler python -m infra.container exec "${@:2}"
    ;;
  backup)
    "${compose[@]}" run --rm -T backup
    ;;
  restore)
    "${compose[@]}" run --rm -T restore restore "${@:2}"
    ;;
  rotate)
    # shellcheck source=docker/rotate.sh
    source docker/rotate.sh
    alone
    rotate "${@:2}"
    ;;
  down)
    alone
    if made_elsewhere && belongs_to_another; then
      echo "compose: nothing to stop: $(whose_volumes)"
      exit 0
    fi
    # `run` and stopped services belong to profiles too: all of them go.
    export COMPOSE_PROFILES=demo,scale,by-hand
    "${compose[@]}" stop
    "${compose[@]}" rm --force --volumes >/dev/null # with what Spark's master remembers: volumes without a name
    "${compose[@]}" down --remove-orphans
    ;;
  machine)
    check_engine
    check_machine
    ;;
  *)
    sed -n '2,/^set/s/^# //p' "$0"
    exit 2
    ;;
esac
