# Sourced by docker/stack.sh and docker/secrets.sh, in the project's folder: what a person set.
# shellcheck shell=bash

given() { # value of a variable, in any case, in the environment, else in .env
  local name=${1^^}
  if [[ -v $name ]]; then
    printf %s "${!name}"
  elif [[ -f .env ]]; then # as Python and Compose read it: quotes, or up to a comment
    sed -nE "s/^(export +)?$name=//p" .env | tail -1 |
      sed -E "s/^\"([^\"]*)\".*/\1/; t; s/^'([^']*)'.*/\1/; t; s/ +#.*//; s/ +$//" | tr -d '\n'
  fi
}

is_external() { # is_external s3, is_external catalog: whether that server is another than the stack's own
  [[ $(given "$1_server") == external ]]
}

is_theirs() { # whether a secret belongs to such a server: it is given, and never made up
  case $1 in
    *_s3_secret_key | minio_secret_key) is_external s3 ;;
    catalog_writer_token | catalog_reader_token) is_external catalog ;;
    *) false ;;
  esac
}
