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
  local -n server=$1_server # read once: this is asked for every secret
  [[ -v server ]] || server=$(given "$1_server")
  [[ $server == external ]]
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

# What examples write where a secret belongs; include/secret_rules.py has the same text.
placeholder='…|<.*>|change[-_ ]?me|^your([-_ ]|api|key|password|secret|token)'

flaw() { # flaw SECRET VALUE [in-use]: what makes a value unfit, or nothing; include/secret_rules.py has the same rules and the reasons
  local name=$1 value=$2 least=24 allowed='^[A-Za-z0-9._~+/=-]+$' said="of A-Z a-z 0-9 . _ ~ + / = -"
  if [[ ${value,,} =~ $placeholder ]]; then
    echo "still holds a placeholder: set it or leave it empty"
    return
  fi
  case $name in
    open_nem_* | pv_alert_* | https_proxy | ca) return ;; # other people's, in forms of their own
    *_access_key) least=16 allowed='^[A-Za-z0-9]{16,20}$' ;;
  esac
  ! is_theirs "$name" || return 0
  if [[ ${3:-} == in-use ]]; then
    allowed='^[^[:space:]'\''"\\]+$' said="without spaces, quotes and backslashes" least=1
    case $name in
      *_access_key) least=3 ;;
      *_s3_secret_key | minio_secret_key) least=8 ;;
      catalog_*_token) least=24 ;;
    esac
  fi
  if [[ $name == *_access_key && ${3:-} != in-use ]]; then
    [[ $value =~ $allowed ]] || echo "expected 16 to 20 characters of A-Z a-z 0-9"
  elif ((${#value} < least)) || [[ ! $value =~ $allowed ]]; then
    echo "expected $least characters or more $said"
  elif [[ $name == airflow_fernet_key && ! $value =~ ^[A-Za-z0-9_-]{43}=(,[A-Za-z0-9_-]{43}=)*$ ]]; then
    echo "expected the urlsafe base64 of 32 bytes"
  fi
}
