#!/usr/bin/env bash
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

begin_rotation() { # the next values of the secrets named, made by secrets.sh as every value is
  local name value names=("$@") fresh
  for name in "${names[@]}"; do
    grep -x "$name" <(known_secrets) >/dev/null || refuse "${name^^} is no secret; known: $(known_secrets | tr '\n' ' ')"
  done
  fresh=$(mktemp -d "$PV_SECRETS_DIR/fresh.XXXXXX")
  if is_among trino_ca "${names[@]}" || { is_among trino_certificate "${names[@]}" && [[ -n ${TRINO_CERTIFICATE:-} ]]; }; then
    names+=(trino_ca trino_ca_key trino_certificate) # they belong together
  elif is_among trino_certificate "${names[@]}"; then
    [[ -s $PV_SECRETS_DIR/trino_ca_key ]] || refuse "the certificate was given: give a new one as TRINO_CERTIFICATE and TRINO_CA"
    cp -p "$PV_SECRETS_DIR"/trino_ca{,_key} "$fresh"
  fi
  PV_SECRETS_DIR=$fresh PV_ROTATED="${names[*]}" ./docker/secrets.sh
  local -A in_use
  for name in $(known_secrets); do
    [[ ! -s $PV_SECRETS_DIR/$name ]] || in_use[$(<"$PV_SECRETS_DIR/$name")]=$name
  done
  for name in "${names[@]}"; do # of what people get from others the value may stay
    [[ $name != @(open_nem_*|pv_alert_*|https_proxy|trino_ca*|trino_certificate) && -s $fresh/$name ]] && ! is_theirs "$name" || continue
    value=$(<"$fresh/$name")
    [[ -z ${in_use[$value]:-} ]] || refuse "${name^^}: this value is in use already"
  done
  mkdir -m 755 "$next.new"
  for name in $(printf '%s\n' "${names[@]}" | sort -u); do
    if [[ $name != trino_ca_key ]]; then
      [[ -s $fresh/$name ]] || refuse "no value for ${name^^}: give it in the environment or in .env"
    elif [[ ! -e $fresh/$name ]]; then
      rm -f "$PV_SECRETS_DIR/$name" # of the authority before, where one's own certificate comes now
      continue
    fi
    mv "$fresh/$name" "$next.new"
  done
  rm -r "$fresh"
  mv "$next.new" "$next"
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
  for name in "${names[@]}"; do
    cp -p "$next/$name" "$PV_SECRETS_DIR/$name.new"
    mv -f "$PV_SECRETS_DIR/$name.new" "$PV_SECRETS_DIR/$name"
  done
  # A container sees the file that was there when it was made. One-shots that are granted a secret run again, as dependencies.
  # shellcheck disable=SC2046
  "${compose[@]}" up -d --no-build --force-recreate $(granted_any "${names[@]}") lakehouse-init ||
    refuse "a service did not become healthy; what they say: docker compose -p $PV_PROJECT ps -a, and logs SERVICE; then rotate again"
  await_tables
  rm -r "$next"
}

remove_drafts() { rm -rf "$PV_SECRETS_DIR"/fresh.* "$next.new"; }

rotate() { # NAME…, or all: every generated one but Trino's certificate
  local began=$SECONDS name names=("${@,,}")
  [[ -n $("${compose[@]}" ps -q --status running postgres 2>/dev/null) ]] || refuse "the containers are down: docker/stack.sh up first"
  for name in $(known_secrets); do
    [[ -e $PV_SECRETS_DIR/$name ]] || refuse "${name^^} is new in this version: docker/stack.sh up first"
  done
  remove_drafts
  trap remove_drafts EXIT
  if [[ -d $next ]]; then
    echo "compose: a rotation was cut short, it is ended first"
    finish_rotation
  fi
  if [[ ${names[*]} == all ]]; then
    # A catalog elsewhere has the key to our store in its own configuration.
    mapfile -t names < <(known_secrets | grep -v '^open_nem_\|^pv_alert_\|^https_proxy$\|^trino_ca$\|^trino_certificate$' |
      while read -r name; do is_theirs "$name" || { [[ $name == catalog_s3_* ]] && is_external catalog; } ||
        { [[ $name == lifecycle_s3_* ]] && ! runs_versitygw; } || echo "$name"; done)
  fi
  ((${#names[@]})) || refuse "say which: docker/stack.sh rotate NAME…, or all"
  begin_rotation "${names[@]}"
  finish_rotation
  echo "compose: the new values are in use, all is healthy, after $((SECONDS - began)) s"
}
