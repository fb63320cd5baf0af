#!/usr/bin/env bash
# What must be on the machine before anything can be installed: make, Python >= 3.11 with venv, a JDK 17 or 21, Maven, openssl (the
# containers' certificate), and the small system programs the supervisor's start scripts use.
#   prerequisites.sh check    one line per missing thing, exit 1
#   prerequisites.sh install  installs them on Debian and Ubuntu (needs root); with ENGINE=1 a Docker engine too, and the base image
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
python=${PYTHON:-python3}
"$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null ||
  missing+=("Python 3.11 to 3.13 with venv (found: $("$python" -V 2>&1 | head -1); another one: PYTHON=/path make …)")
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
version=$("$java" -version 2>&1 | sed -n 's/^[^"]* version "\([0-9]*\).*/\1/p') || true
[[ $version == 17 || $version == 21 ]] || missing+=("a JDK 17 or 21 (found: ${version:-none}; another one: JAVA_HOME=/path make …)")
command -v "${java%java}javac" >/dev/null || missing+=("a full JDK, not only a JRE (javac)")
command -v mvn >/dev/null || missing+=("Maven (mvn)")
command -v setpriv >/dev/null || missing+=("setpriv (util-linux)")
command -v openssl >/dev/null || missing+=("openssl")
command -v sha256sum >/dev/null || missing+=("sha256sum (coreutils)")

case ${1:-check} in
check)
  for thing in "${missing[@]}"; do echo "missing: $thing" >&2; done
  if ((${#missing[@]})); then
    echo "\`make prerequisites\` installs what is missing on Debian and Ubuntu" >&2
    exit 1
  fi
  ;;
install)
  [[ ${ENGINE:-} != 1 ]] || {
    ((EUID == 0)) && command -v apt-get >/dev/null || { echo "ENGINE=1: needs root, and Debian or Ubuntu" >&2; exit 1; }
    ./docker/start-engine.sh
  }
  ((${#missing[@]})) || exit 0
  command -v apt-get >/dev/null || { echo "no apt-get here; please install: ${missing[*]}" >&2; exit 1; }
  as_root=()
  [[ $(id -u) == 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq make maven openjdk-17-jdk-headless python3 python3-venv openssl util-linux coreutils >/dev/null ||
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq make maven openjdk-21-jdk-headless python3 python3-venv openssl util-linux coreutils >/dev/null
  exec "$0" check
  ;;
esac
