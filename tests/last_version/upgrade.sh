#!/usr/bin/env bash
# Installs the version in COMMIT, lets it make a day, and lets this version take that over: tests/last_version/upgrade.sh native|containers
# Takes a quarter of an hour for the installation, and as much for the images where it is about containers.
set -euo pipefail
cd "$(dirname "$0")/../.."
form=${1:?native or containers}
python=$PWD/.lakehouse/venv/bin/python
old=$PWD/.lakehouse/last-version
export PV_LAST_VERSION=$PWD/.lakehouse/data/last-version
# As root that version's Postgres dies below a folder that others may not pass, after a quarter of an hour of installing.
above=$PWD
while ((EUID == 0)) && [[ $above != / ]]; do
  (($(stat -c 0%a "$above") & 1)) || { echo "upgrade: the last version cannot run below $above, which is closed to others: chmod o+x" >&2; exit 1; }
  above=$(dirname "$above")
done
mkdir -p "$PV_LAST_VERSION"
./tests/last_version/install.sh "$old"

if [[ $form == native ]]; then
  ./tests/last_version/make_data.sh "$old" "$PV_LAST_VERSION"
  ./tests/on_stack.sh -m "stack and not long" tests/e2e/test_last_version.py
  exit
fi

./docker/stack.sh machine
# shellcheck source=tests/compose/environment.sh
source tests/compose/environment.sh
remove() {
  local result=$?
  ./docker/stack.sh down
  docker volume ls -q --filter "label=com.docker.compose.project=$PV_PROJECT" | xargs -r docker volume rm >/dev/null
  ((result != 0)) || rm -rf "$PV_DATA_DIR"
}
remove
trap remove EXIT
mkdir -p "$PV_DATA_DIR"
export PV_FACILITIES=AVLSF,YATSF1
(cd "$old" && PV_TAG=last-version ./docker/stack.sh up)
(cd "$old" && PYTHONPATH=$PWD .lakehouse/venv/bin/python "$OLDPWD/tests/last_version/a_day.py" "$PV_LAST_VERSION/gold.json")
(cd "$old" && PV_TAG=last-version ./docker/stack.sh down)
rm -rf "$PV_LAST_VERSION/secrets"
cp -a "$PV_SECRETS_DIR" "$PV_LAST_VERSION/secrets"
./docker/stack.sh up
"$python" -m pytest -m "stack and not long" tests/e2e/test_last_version.py
