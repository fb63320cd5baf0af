#!/usr/bin/env bash
# Worlds drawn by seed, 20 to a stack of their own: tests/on_worlds.sh SEED [SEED ...]; further arguments of pytest: ARGUMENTS.
set -euo pipefail
cd "$(dirname "$0")/.."
for seed in "$@"; do
  echo "== worlds of seed $seed: PV_TEST_WORLDS=${PV_TEST_WORLDS:-20} tests/on_worlds.sh $seed"
  # shellcheck disable=SC2086
  PV_TEST_SEED=$seed PV_TEST_ENV=tests/worlds/worlds.env tests/on_stack.sh -m "stack and long" -n 0 ${ARGUMENTS:-} tests/worlds
done
