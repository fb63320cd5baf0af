# Sourced by docker/stack.sh: what stands in the way of the containers, found before anything is built or started. What is about
# settings and secrets is infra/secrets' (docker/secrets.sh).
# shellcheck shell=bash

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

check_authorities() {
  (($(stat -Lc 0%a "$PV_BUILD_CA") & 4)) || refuse "containers cannot read $PV_BUILD_CA (SSL_CERT_FILE): chmod o+r"
}

check_store() { # the objects are where they were
  local server=minio other=versitygw
  ! is_external s3 || return 0
  ! runs_versitygw || server=versitygw other=minio
  [[ -z $(docker volume ls -q --filter "name=^${PV_PROJECT}_$other\$") ]] ||
    refuse "the volume ${PV_PROJECT}_$other holds the objects of S3_SERVER=$other: $server needs a PV_PROJECT and PV_SECRETS_DIR of its own; docs/storage.md says how objects move"
}

too_small() { # its own status: whoever tests on whatever machine there is can tell it from what is wrong
  echo "compose: $1" >&2
  exit 3
}

check_machine() {
  local memory_gib disk_gib least_gib root
  memory_gib=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1048576))
  ((memory_gib >= ${PV_LEAST_MEMORY_GIB:-11})) || too_small "this machine has $memory_gib GiB of memory; 12 are needed (see infra/compose.yaml)"
  root=$(docker info --format '{{.DockerRootDir}}')
  disk_gib=$(($(df --output=avail -k "$root" | tail -1) / 1048576))
  # With the images there it is the data that needs room.
  # shellcheck disable=SC2046
  docker image inspect $("${compose[@]}" config --images) >/dev/null 2>&1 && least_gib=3 || least_gib=15
  ((disk_gib >= ${PV_LEAST_DISK_GIB:-$least_gib})) || too_small "$root has $disk_gib GiB free; $least_gib are needed: docker system df says what lies there"
}

check_ports() {
  [[ -z $("${compose[@]}" ps -q 2>/dev/null) ]] || return 0 # ours hold them
  local published
  while read -r published; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$published") 2>/dev/null ||
      refuse "port $published is taken (is the native stack up? make down): stop what listens there or set another in .env (MINIO_PORT, TRINO_PORT, …: infra/compose.yaml)"
  done < <("${compose[@]}" config --format json | grep -o '"published": *"[0-9]*"' | grep -o '[0-9]*')
}
