# Sourced by docker/stack.sh: the step that writes secrets, infra/secrets in a container (infra/compose.secrets.yaml).
# shellcheck shell=bash
secrets_compose=(docker compose "${env_file[@]}" -p "$PV_PROJECT-secrets" -f infra/compose.secrets.yaml)

secrets_step() { # COMMAND …: see infra/secrets/__main__.py. What is given goes through a pipe and is in no argument or variable
  local owner name file folder
  folder=$(realpath "$PV_SECRETS_DIR")
  # The folder is its owner's alone, and no container has the right to pass that. A rootless engine's root is who started it.
  owner=$(stat -c %u:%g "$folder")
  [[ $(docker info --format '{{.SecurityOptions}}') != *rootless* ]] || owner=0:0
  {
    env -0
    printf 'PV_MACHINE_NAME=%s\0PV_TAKEN=%s\0' "$(hostname)" "$(grep -oh '\${[A-Z0-9_]*' "${files[@]}" | tr -d '${' | tr '\n' ' ')"
    [[ ! -f .env ]] || printf 'PV_ENV_FILE=%s\0' "$(<.env)"
    for name in TRINO_CERTIFICATE TRINO_CA; do
      file=$(given "$name")
      [[ -z $file ]] || printf '%s_PEM=%s\n\0' "$name" "$(cat "$file" 2>/dev/null)"
    done
  } | "${secrets_compose[@]}" run --rm -T --user "$owner" -v "$folder:$folder" -e "PV_SECRETS_DIR=$folder" secrets "$@"
}

fill_secrets() { # a value that cannot be is told before the large images are built
  build_images "${secrets_compose[@]}"
  ! holds_data || export PV_DATA_ARE_THERE="set PV_SECRETS_DIR to the folder (of another clone?) that has, or PV_PROJECT to another name; $(removal)"
  secrets_step fill
  note_volumes
}
