#!/usr/bin/env bash
# Start a Docker engine with Compose v2 and buildx on a bare Debian machine that reaches Debian's
# packages but no image registry, and import the base image that the project's Dockerfiles build on.
#
#   docker/start-engine.sh            # idempotent; needs root; 25-60 s on a fresh machine
#
# Afterwards `docker build` and `docker compose` work, and the local image debian:trixie-slim exists.
# Containers need the machine's CA bundle to reach the package registries: pass it as a build secret or
# build argument; it is at /etc/ssl/certs/ca-certificates.crt.
set -euo pipefail

DATA_ROOT=${DOCKER_DATA_ROOT:-/var/lib/docker-local}
SUITE=${BASE_SUITE:-trixie}
IMAGE=debian:${SUITE}-slim
LOG=${TMPDIR:-/tmp}/dockerd.log

if ! docker info >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io iptables debootstrap >/dev/null
  # A new engine refuses to start while the process that this file names is there: a killed one takes its time to go, and its number
  # may be another program's by now.
  if [[ -s /var/run/docker.pid ]]; then
    former=$(</var/run/docker.pid)
    for _ in $(seq 40); do kill -0 "$former" 2>/dev/null || break; sleep 0.5; done
    [[ $(cat "/proc/$former/comm" 2>/dev/null) == dockerd ]] || rm -f /var/run/docker.pid
  fi
  mkdir -p "$DATA_ROOT"
  setsid nohup dockerd --data-root "$DATA_ROOT" -H unix:///var/run/docker.sock >"$LOG" 2>&1 &
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 0.5; done
  docker info >/dev/null || { echo "dockerd did not start; see $LOG" >&2; exit 1; }
fi

if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
  root=$(mktemp -d)
  debootstrap --variant=minbase "$SUITE" "$root" >"$LOG.debootstrap" 2>&1
  tar -C "$root" -c . | docker import - "$IMAGE" >/dev/null
  rm -rf "$root"
fi

plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
if ! docker compose version >/dev/null 2>&1 || ! docker buildx version >/dev/null 2>&1; then
  work=$(mktemp -d)
  docker run --rm --network host -v "$work":/out "$IMAGE" sh -c \
    'apt-get update -qq && cd /out && apt-get download -qq docker-compose docker-buildx'
  for deb in "$work"/*.deb; do dpkg -x "$deb" "$work/root"; done
  mkdir -p "$plugins"
  find "$work/root" -type f \( -name docker-compose -o -name docker-buildx \) -exec install -m 755 {} "$plugins"/ \;
  rm -rf "$work"
fi

docker version --format 'engine {{.Server.Version}}, client {{.Client.Version}}'
docker compose version
docker buildx version
docker image inspect "$IMAGE" --format '{{index .RepoTags 0}} {{.Size}} bytes'
