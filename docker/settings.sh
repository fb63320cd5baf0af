# Sourced by docker/stack.sh, in the project's folder: which services there are, of which compose project, with which secrets.
# shellcheck shell=bash

known_secrets() { # their names: one file each
  sed -n 's|.*{PV_SECRETS_DIR:-[^}]*}/\([a-z0-9_]*\).*|\1|p' infra/compose.yaml
}

given() { # value of a variable, in any case, in the environment, else in .env
  local name=${1^^}
  if [[ -v $name ]]; then
    printf %s "${!name}"
  elif [[ -f .env ]]; then # as Python and Compose read it: quotes, or up to a comment
    sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$name[[:space:]]*=[[:space:]]*//p" .env | tail -1 |
      sed -E "s/^\"([^\"]*)\".*/\1/; t; s/^'([^']*)'.*/\1/; t; s/[[:space:]]+#.*//; s/[[:space:]]+$//" | tr -d '\n'
  fi
}

is_external() { [[ $(given "$1_server") == external ]]; } # is_external s3, is_external catalog: another server than the stack's own

runs_versitygw() { [[ $(given s3_server) == versitygw ]]; } # in MinIO's place

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
