# Sourced by docker/stack.sh: whose volumes those of a project are. A volume holds what was made with the secrets of one folder, and
# a second clone's own do not open it. The folder is known by a random number in it, which is a label of an empty volume beside the
# others: those keep the configuration that compose compares them with.
# shellcheck shell=bash

demo_project() { # FOLDER of the demo's secrets: a name of each clone's own, so that one does not meet the volumes of another
  if [[ ! -s $1/project ]]; then
    mkdir -p -m 700 "$1"
    # The last version gave all clones one name.
    [[ -s $1/postgres_password ]] && echo pv-lakehouse-demo >"$1/project" || echo "pv-lakehouse-demo-$(random_number 4)" >"$1/project"
  fi
  cat "$1/project"
}

random_number() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

noted() { # noted number, noted secrets: what is written on the project's volumes; nothing by earlier versions
  docker volume inspect --format "{{ index .Labels \"pv-lakehouse.$1\" }}" "${PV_PROJECT}_installation" 2>/dev/null || true
}

holds_data() {
  docker volume inspect "${PV_PROJECT}_postgres" >/dev/null 2>&1 || docker volume inspect "${PV_PROJECT}_minio" >/dev/null 2>&1
}

made_elsewhere() { # whether they are known to be of another folder of secrets
  local number
  number=$(noted number)
  [[ -n $number && $number != "$(cat "$PV_SECRETS_DIR/installation" 2>/dev/null)" ]] && holds_data
}

belongs_to_another() { # whether their folder of secrets is still there, and is not ours made again
  local folder
  folder=$(noted secrets)
  [[ -d $folder && $folder != "$(realpath "$PV_SECRETS_DIR")" ]]
}

whose_volumes() {
  local folder
  folder=$(noted secrets)
  [[ -d $folder ]] || folder+=" (gone)"
  echo "the volumes of the project $PV_PROJECT were made with the secrets in $folder, not with $PV_SECRETS_DIR"
}

removal() { echo "docker volume rm \$(docker volume ls -q --filter label=com.docker.compose.project=$PV_PROJECT) removes them with all data"; }

refuse_foreign_volumes() {
  ! made_elsewhere ||
    refuse "$(whose_volumes): work there, or set PV_SECRETS_DIR to that folder, or set PV_PROJECT to another name; $(removal)"
}

note_volumes() { # once the secrets that open them are there
  [[ -s $PV_SECRETS_DIR/installation ]] || random_number 8 >"$PV_SECRETS_DIR/installation"
  local number folder
  number=$(<"$PV_SECRETS_DIR/installation")
  folder=$(realpath "$PV_SECRETS_DIR")
  [[ $(noted number) != "$number" || $(noted secrets) != "$folder" ]] || return 0
  docker volume rm "${PV_PROJECT}_installation" >/dev/null 2>&1 || true
  docker volume create --label "pv-lakehouse.number=$number" --label "pv-lakehouse.secrets=$folder" \
    --label "com.docker.compose.project=$PV_PROJECT" --label com.docker.compose.volume=installation "${PV_PROJECT}_installation" >/dev/null
}
