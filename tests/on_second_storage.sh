#!/usr/bin/env bash
# The recorded week on another S3 than MinIO: versitygw, with users and policies of its own, as a person's own store would be.
# It is stopped at the end whatever happens. Arguments are further ones for pytest: tests/on_second_storage.sh -k sums
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.lakehouse/venv/bin/python
folder=$PWD/.lakehouse/data/second-storage

"$python" -m infra.native.install versitygw
stop() {
  local result=$?
  if [[ -n ${server:-} ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  # Objects and log of a run that failed stay for a look, until the next run.
  if ((result == 0)); then rm -rf "$folder"; fi
}
rm -rf "$folder"
mkdir -p "$folder"/{buckets,versions,users}
chmod 700 "$folder"
trap stop EXIT
"$python" -m tests.second_storage settings "$folder/stack.env"

set -a
# shellcheck source=tests/e2e/stack.env
source tests/e2e/stack.env
# shellcheck disable=SC1091
source "$folder/stack.env"
set +a
ROOT_ACCESS_KEY=$MINIO_ACCESS_KEY ROOT_SECRET_KEY=$MINIO_SECRET_KEY setpriv --pdeathsig TERM -- \
  .lakehouse/opt/bin/versitygw --port "${MINIO_ENDPOINT#http://}" --region "$S3_REGION" --iam-dir "$folder/users" --quiet \
  posix --versioning-dir "$folder/versions" "$folder/buckets" >"$folder/versitygw.log" 2>&1 &
server=$!
"$python" -m tests.second_storage users
PV_TEST_ENV=$folder/stack.env tests/on_stack.sh -m stack \
  tests/e2e/test_storage.py tests/e2e/test_recorded_week.py tests/e2e/test_engines_agree.py \
  tests/e2e/test_operations.py::test_up_again_changes_nothing \
  tests/e2e/test_operations.py::test_no_secret_is_where_others_may_read "$@"
