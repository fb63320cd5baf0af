#!/usr/bin/env bash
# Worlds drawn by seed, 20 to a stack of their own: tests/on_worlds.sh [SEED …]; without any seed 1 and nine fresh ones, 200 worlds.
# PV_TEST_WORLDS: how many to a stack. The seed is printed; a world is the same whenever it is drawn.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=("$@")
# shellcheck disable=SC2207
((${#seeds[@]})) || seeds=(1 $(shuf -i 2-999999 -n 9))
for seed in "${seeds[@]}"; do
  echo "== worlds of seed $seed: tests/on_worlds.sh $seed"
  PV_TEST_SEED=$seed PV_TEST_ENV=tests/worlds/worlds.env tests/on_stack.sh -m "stack and long" -n 0 -s tests/worlds
done
