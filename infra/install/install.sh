#!/usr/bin/env bash
# Installs everything the lock files name into .lakehouse/. Safe to repeat: what is done is skipped.
# First Python (this script), then the JVM and Go parts (infra/install/steps.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
./infra/install/prerequisites.sh check

home=$PWD/.lakehouse
venv=$home/venv
python=${PYTHON:-python3}
stamp=$home/venv.stamp
needed_gib=7 # what a first installation takes at its fullest, before what only building needs goes: 6.2 measured
wanted=$("$python" -V; cat requirements.txt infra/python/*.txt pyproject.toml; echo "$PWD")
wanted=$(sha256sum <<<"$wanted")

if [[ ! -x $venv/bin/python || ! -f $stamp || $(<"$stamp") != "$wanted" ]]; then
  echo "install: Python packages …"
  mkdir -p "$home"
  free_gib=$(($(df --output=avail -k "$home" | tail -1) / 1048576))
  if [[ ! -f $stamp ]] && ((free_gib < needed_gib)); then
    echo "install: $home has $free_gib GiB free, a first installation takes $needed_gib: free some, or clone onto a larger disk" >&2
    exit 1
  fi
  rm -f "$stamp"
  [[ -x $venv/bin/python && $("$venv/bin/python" -V) == $("$python" -V) ]] || "$python" -m venv --clear "$venv"
  export PIP_CACHE_DIR=$home/cache/pip UV_CACHE_DIR=$home/cache/uv VIRTUAL_ENV=$venv
  "$venv/bin/python" -m pip install -q --require-hashes -r infra/python/bootstrap.txt
  "$venv/bin/uv" pip install -q --require-hashes -r requirements.txt -r infra/python/dev.txt
  "$venv/bin/uv" pip install -q --no-deps --no-build-isolation --editable .
  # Source and built wheel of what has no wheel of its own are 2 GB; the files of wheels are hard links to those installed.
  "$venv/bin/uv" cache prune -q --ci
  echo "$wanted" >"$stamp"
  echo "install: Python packages done in ${SECONDS} s"
fi

exec "$venv/bin/python" -m infra.install
