#!/usr/bin/env bash
# Makes data.tar.xz and gold.json: a small data folder of the version in COMMIT, by running that version.
#   tests/last_version/make_data.sh CHECKOUT [TARGET]      a checkout where `make install` was run (install.sh); where to put them
# For the next version: write its hash into COMMIT, install, run this, commit all three.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
target=$(realpath "${2:-.}")
cd "${1:?say where the older version is checked out and installed}"
[[ $(git rev-parse HEAD) == "$(<"$here/COMMIT")" ]] || { echo "make_data: $PWD is at another commit than $here/COMMIT" >&2; exit 1; }
# shellcheck source=tests/last_version/settings.sh
source "$here/settings.sh"
python=$PWD/.lakehouse/venv/bin/python
native=infra # of versions before the rooms of infra/: infra.native
[[ ! -d infra/native ]] || native=infra.native
data=$PWD/$PV_DATA_DIR
"$python" -m "$native" down
rm -rf "$data"
trap '"$python" -m "$native" down' EXIT
for _ in 1 2 3; do # a busy machine may not be healthy within its time; it is safe to repeat
  ! "$python" -m "$native" up || break
done
"$python" -m "$native" up
PYTHONPATH=$PWD "$python" "$here/a_day.py" "$target/gold.json"
"$python" -m "$native" down
trap - EXIT

# What the next start writes again, and what other machines' processes are called.
rm -rf "$data"/{logs,airflow/logs,trino,spark-work,spark-master} "$data"/run/{groups,supervisor*,command.lock}
# A cluster that was shut down needs no more of its log than one new file.
postgres_user=()
((EUID != 0)) || postgres_user=(setpriv --reuid="$(stat -c %u "$data/postgres")" --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
"${postgres_user[@]}" "$("$python" -c "from $native import layout; print(layout.postgres_bin())")/pg_resetwal" -D "$data/postgres" >/dev/null
# The six databases are alike in most of their files: one dictionary over all of them.
tar -C "$data" --numeric-owner --sort=name -c . | xz --lzma2=preset=9e,dict=96MiB >"$target/data.tar.xz"
ls -l "$target/data.tar.xz"
