#!/usr/bin/env bash
# The stack in containers, for people: docker/stack.sh COMMAND. What may stand in its way is found before anything starts.
#   machine                     whether containers can run here: an engine, memory, disk
#   up, demo, down [demo]       as make compose-up, compose-demo, compose-down
#   status, logs [SERVICE …]    what runs and how it is; what it says, followed
#   sql [OPTION …]              Trino's command line, as admin or TRINO_USER=analyst
#   backfill FROM TO [LAYER] [RESUME=0] [DRY_RUN=1]
#                               network-local days rebuilt, TO exclusive; LAYER: fetch (ask the sources), landing, bronze, silver
#   model-rollback [VERSION=n]  the former champion of the plant models, or version n, is champion again
#   exec PROGRAM …              with the environment of Airflow's tasks: exec airflow dags list
#   secrets                     writes those that have no value yet
#   rotate NAME …, rotate all   new values for them
#   backup, restore [NAME]      docs/runbooks/backup-and-restore.md
# In the environment:
#   PV_PROFILES                 profiles beside the ordinary services, comma-separated (demo, scale)
#   PV_DEMO=1                   the demo's containers are meant
#   PV_PROJECT                  name of the compose project: containers and volumes (pv-lakehouse; each clone's demo has its own)
set -euo pipefail
cd "$(dirname "$0")/.."
for part in volumes settings secrets preflight up rotate; do
  # shellcheck source=/dev/null
  source "docker/$part.sh"
done

refuse() {
  echo "compose: $1" >&2
  exit 1
}

alone() { # from here to the end of this command no other one changes the containers that these secrets belong to
  mkdir -p -m 700 "$PV_SECRETS_DIR"
  exec 9<"$PV_SECRETS_DIR"
  flock -n 9 || refuse "another docker/stack.sh is at work with $PV_SECRETS_DIR: try again when it is over"
}

case ${1:-} in
  sql | backfill | model-rollback | exec | backup | restore | rotate)
    refuse_foreign_volumes
    ;;&
  up)
    up
    addresses
    ;;
  secrets) # without anything else: their files can be given to whoever starts the containers by another way
    check_engine
    alone
    refuse_foreign_volumes
    fill_secrets
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
  model-rollback)
    "${compose[@]}" run --rm --no-deps -T model-rollback model-rollback "${@:2}"
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
    alone
    rotate "${@:2}"
    ;;
  down)
    alone
    down
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
