#!/usr/bin/env bash
# Compiles the Python lock files from their hand-written inputs. With --check: fails when they are out of step, changes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
uv=$PWD/.lakehouse/venv/bin/uv
export UV_CACHE_DIR=$PWD/.lakehouse/cache/uv
flags=(--universal --python-version 3.11 --generate-hashes --no-header --quiet)
out=$PWD
if [[ ${1:-} == --check ]]; then
  # What the lock files already pin is kept: only a change of the inputs makes a difference.
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
  mkdir -p "$out/infra/python"
  cp requirements.txt "$out/"
  cp infra/python/*.txt "$out/infra/python/"
fi
"$uv" pip compile "${flags[@]}" infra/python/lakehouse.in -o "$out/requirements.txt"
"$uv" pip compile "${flags[@]}" -c requirements.txt infra/python/dev.in -o "$out/infra/python/dev.txt"
"$uv" pip compile "${flags[@]}" -c requirements.txt infra/python/services.in -o "$out/infra/python/services.txt"
"$uv" pip compile "${flags[@]}" infra/python/bootstrap.in -o "$out/infra/python/bootstrap.txt"
if [[ $out != "$PWD" ]]; then
  for file in requirements.txt infra/python/dev.txt infra/python/services.txt infra/python/bootstrap.txt; do
    # Comments name paths of the run; pins and hashes are what counts.
    diff <(grep -v '^ *#' "$file") <(grep -v '^ *#' "$out/$file") || { echo "$file is out of step with its inputs: run \`make lock\`" >&2; exit 1; }
  done
fi
