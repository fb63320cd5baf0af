#!/usr/bin/env bash
# Worlds drawn by seed: 20 with faults of single farms to a stack, and 2 with faults of all farms to another. tests/on_worlds.sh
# [SEED …]; without any seed 1 and nine fresh ones, 220 worlds. PV_TEST_WORLDS, PV_TEST_GLOBAL_WORLDS: how many to a stack. The seed
# is printed; a world is the same whenever it is drawn. Then what farms lose in the stand-in's world of the first seed, as the stack
# finds it.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=("$@")
# shellcheck disable=SC2207
((${#seeds[@]})) || seeds=(1 $(shuf -i 2-999999 -n 9))
for seed in "${seeds[@]}"; do
  for worlds in test_worlds test_global_faults; do
    echo "== worlds of seed $seed: tests/on_worlds.sh $seed, $worlds"
    PV_TEST_SEED=$seed PV_TEST_ENV=tests/worlds/worlds.env tests/on_stack.sh -m "stack and long" -n 0 -s "tests/worlds/$worlds.py"
  done
done
seed=${seeds[0]}
echo "== losses in the stand-in's world $seed, forty farms over two months: tests/worlds/test_losses.py"
PV_TEST_SEED=$seed PV_TEST_ENV=tests/worlds/losses.env tests/on_stack.sh -m "stack and long" -n 0 -s tests/worlds/test_losses.py
