#!/usr/bin/env bash
# Whether every locked Python package has a wheel for arm64 too, with its hash. PySpark and its client come as source, which is the
# same everywhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
export UV_CACHE_DIR=$PWD/.lakehouse/cache/uv
nowhere=$(mktemp -d)
trap 'rm -rf "$nowhere"' EXIT
for lock in requirements.txt infra/python/{dev,services,bootstrap}.txt; do
  awk '/^pyspark(-client)?==/ { skipped = 1; next } /^[^ #]/ { skipped = 0 } !skipped' "$lock" >"$nowhere/lock.txt"
  .lakehouse/venv/bin/uv pip install --quiet --dry-run --target "$nowhere/packages" --python-platform aarch64-unknown-linux-gnu \
    --no-deps --only-binary :all: --require-hashes -r "$nowhere/lock.txt" || { echo "$lock: not all of it is there for arm64, see above" >&2; exit 1; }
done
