# Sourced by docker/stack.sh: new values for secrets of the running containers.
# The next values lie in PV_SECRETS_DIR/next until all that is granted them runs with them: what was cut short is ended by the
# next rotation. No value is ever an argument or a variable of a container.
next=$(realpath -m "$PV_SECRETS_DIR")/next

granted() { # lines "SERVICE SECRET" of the services that have a container
  local profiles=demo,scale
  COMPOSE_PROFILES=$profiles "${compose[@]}" config |
    awk '/^[a-z]/ { service = "" } /^  [a-z0-9-]+:$/ { service = substr($1, 1, length($1) - 1) } /^      - source: / { print service, $3 }' |
    awk 'NR == FNR { there[$1]; next } $1 in there' <(COMPOSE_PROFILES=$profiles "${compose[@]}" ps -a --services) -
}

granted_any() { # services that are granted one of the secrets named
  granted | awk 'NR == FNR { wanted[$1]; next } $2 in wanted { print $1 }' <(printf '%s\n' "$@") - | sort -u
}

is_among() { # is_among WORD WORDS…
  local word=$1
  shift
  [[ " $* " == *" $word "* ]]
}

finish_rotation() { # what must change while the old values rule, the files, the containers
  local name names once=("${compose[@]}" run --rm --no-deps -T -v "$next:/run/next:ro")
  mapfile -t names < <(ls "$next")
  echo "compose: rotates ${names[*]}"
  if is_among airflow_fernet_key "${names[@]}"; then
    # shellcheck disable=SC2046  a word for each service
    "${compose[@]}" stop $(granted_any airflow_fernet_key)
  fi
  if is_among airflow_fernet_key "${names[@]}" || is_among postgres_password "${names[@]}"; then
    "${once[@]}" postgres-init once next-superuser
  fi
  if is_among airflow_fernet_key "${names[@]}"; then
    "${once[@]}" airflow-init once next-fernet-key
  fi
  secrets_step settle
  # A container sees the file that was there when it was made. One-shots that are granted a secret run again, as dependencies.
  # shellcheck disable=SC2046
  "${compose[@]}" up -d --no-build --force-recreate $(granted_any "${names[@]}") lakehouse-init ||
    refuse "a service did not become healthy; what they say: docker compose -p $PV_PROJECT ps -a, and logs SERVICE; then rotate again"
  await_tables
  rm -r "$next"
}

rotate() { # NAME…, or all: every generated one but Trino's certificate
  local began=$SECONDS
  [[ -n $("${compose[@]}" ps -q --status running postgres 2>/dev/null) ]] || refuse "the containers are down: docker/stack.sh up first"
  build_images "${secrets_compose[@]}"
  if [[ -d $next ]]; then
    echo "compose: a rotation was cut short, it is ended first"
    finish_rotation
  fi
  secrets_step next "$@"
  finish_rotation
  echo "compose: the new values are in use, all is healthy, after $((SECONDS - began)) s"
}
