# Sourced by docker/stack.sh and docker/secrets.sh, in the project's folder: what a person set, and which secrets there are.
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

is_external() { # is_external s3, is_external catalog: whether that server is another than the stack's own
  [[ $(given "$1_server") == external ]]
}

runs_versitygw() { [[ $(given s3_server) == versitygw ]]; } # in MinIO's place

is_theirs() { # whether a secret belongs to such a server: it is given, and never made up
  case $1 in
    lifecycle_s3_access_key | lifecycle_s3_secret_key) false ;; # only a store of ours has that user
    *_s3_access_key | *_s3_secret_key | minio_access_key | minio_secret_key) is_external s3 ;;
    catalog_writer_token | catalog_reader_token | catalog_maintenance_token) is_external catalog ;;
    *) false ;;
  esac
}
