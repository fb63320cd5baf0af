#!/usr/bin/env bash
# Removes what was built; asks before data. Stops the stack first.
set -euo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory down
rm -rf .lakehouse/{opt,venv,venv.stamp,install-logs} infra/iceberg-rest/target .mypy_cache .pytest_cache .ruff_cache
find . -path ./.lakehouse -prune -o -name __pycache__ -type d -print0 | xargs -0 -r rm -rf
echo "clean: removed what was built (downloads stay in .lakehouse/cache)"
[[ -d .lakehouse/data ]] || exit 0
du -sh .lakehouse/data/* 2>/dev/null || true
read -r -p "Remove the data too: tables, Airflow's history, secrets? [y/N] " answer || answer=n
if [[ $answer == [yY] ]]; then
  rm -rf .lakehouse/data .lakehouse/cache .lakehouse/running.json
  echo "clean: removed data and downloads"
fi
