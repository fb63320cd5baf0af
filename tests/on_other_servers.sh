#!/usr/bin/env bash
# The recorded week on servers that the stack does not run, with keys and rules of their own, as a person's own would be.
#   tests/on_other_servers.sh storage native               versitygw, as S3_SERVER=external
#   tests/on_other_servers.sh catalog native               Nessie, as CATALOG_SERVER=external
#   tests/on_other_servers.sh storage,catalog containers   both, beside the compose stack
# They are stopped at the end whatever happens. Further arguments are pytest's: tests/on_other_servers.sh storage native -k sums
set -euo pipefail
cd "$(dirname "$0")/.."
which=,$1, form=$2
shift 2
python=$PWD/.lakehouse/venv/bin/python
folder=$PWD/.lakehouse/data/other-servers
pids=()

is_wanted() { [[ $which == *,$1,* ]]; }

settings() { # settings NAME: what the server's administrator says, from here on and for the stack
  "$python" -m "tests.other_servers.$1" settings "$folder"
  set -a
  # shellcheck disable=SC1090
  source "$folder/$1.env"
  set +a
  cat "$folder/$1.env" >>"$folder/stack.env"
}

begin() { # begin LOG PROGRAM ARGUMENT…
  setpriv --pdeathsig TERM -- "${@:2}" >"$folder/$1.log" 2>&1 &
  pids+=($!)
}

stop() {
  local result=$?
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  # Objects and logs of a run that failed are kept for inspection until the next run.
  if ((result == 0)); then rm -rf "$folder"; fi
}
rm -rf "$folder"
mkdir -p "$folder"/{buckets,versions,users}
chmod 700 "$folder"
trap stop EXIT

if [[ $form == containers ]]; then
  ./docker/stack.sh machine
  # shellcheck source=tests/compose/environment.sh
  source tests/compose/environment.sh
  rm -rf "$PV_SECRETS_DIR" # of a run that broke off: what lies there would win over the keys made up below
  # The one address that means this machine here and in containers, and that no other machine reaches.
  # An engine of version 20.10 names it only after its second start: it is the first one of the network.
  host=$(docker network inspect bridge --format '{{json (index .IPAM.Config 0)}}' |
    "$python" -c 'import ipaddress, json, sys; c = json.load(sys.stdin); print(c.get("Gateway") or ipaddress.ip_network(c["Subnet"])[1])')
  export MINIO_ENDPOINT=${MINIO_ENDPOINT/127.0.0.1/$host} ICEBERG_REST_URI=${ICEBERG_REST_URI/127.0.0.1/$host}
else
  set -a
  # shellcheck source=tests/e2e/stack.env
  source tests/e2e/stack.env
  set +a
fi

if is_wanted storage; then
  "$python" -m infra.install versitygw
  settings storage
  ROOT_ACCESS_KEY=$MINIO_ACCESS_KEY ROOT_SECRET_KEY=$MINIO_SECRET_KEY begin versitygw \
    .lakehouse/opt/bin/versitygw --port "${MINIO_ENDPOINT#http://}" --region "$S3_REGION" --iam-dir "$folder/users" --quiet \
    posix --versioning-dir "$folder/versions" "$folder/buckets"
  "$python" -m tests.other_servers.storage users
fi
if is_wanted catalog; then
  "$python" -m infra.install Nessie
  settings catalog
  begin nessie "$("$python" -c "from infra import layout; print(layout.java_for_trino())")" \
    -Xmx384m -Dquarkus.config.locations="$folder/nessie.properties" -jar .lakehouse/opt/nessie/nessie-quarkus-runner.jar
  "$python" -m tests.other_servers.catalog wait
fi

export PV_TEST_ENV=$folder/stack.env
tests=(tests/e2e/test_recorded_week.py)
if [[ $form == containers ]]; then
  tests+=(tests/e2e/test_engines_agree.py::test_a_reader_cannot_write
    tests/compose/test_containers.py::test_{every_service_is_healthy_and_nothing_runs_as_root,secrets_are_neither_in_environments_nor_logs_nor_images})
  ONLY="${tests[*]}" tests/on_compose.sh "$@"
else
  tests+=(tests/e2e/test_engines_agree.py
    tests/e2e/test_operations.py::test_{up_again_changes_nothing,no_secret_is_where_others_may_read})
  if is_wanted storage; then tests+=(tests/e2e/test_storage.py); fi
  PV_TEST_NETWORK=1 tests/on_stack.sh -m stack "${tests[@]}" "$@"
fi
