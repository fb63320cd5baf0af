#!/usr/bin/env bash
# The recorded week on the stack's own versitygw, in MinIO's place: tests/on_versitygw.sh native|containers
# Further arguments are pytest's.
set -euo pipefail
cd "$(dirname "$0")/.."
form=$1
shift
export PV_TEST_ENV=tests/e2e/versitygw.env
tests=(tests/e2e/test_{recorded_week,storage,storage_lifecycle}.py)
if [[ $form == containers ]]; then
  tests=(tests/e2e/test_recorded_week.py tests/e2e/test_engines_agree.py::test_a_reader_cannot_write
    tests/compose/test_containers.py::test_{every_service_is_healthy_and_nothing_runs_as_root,secrets_are_neither_in_environments_nor_logs_nor_images})
  ONLY="${tests[*]}" tests/on_compose.sh "$@"
else
  .lakehouse/venv/bin/python -m infra.install versitygw # here, as the stack comes up without a network
  tests+=(tests/e2e/test_{engines_agree,backup}.py
    tests/e2e/test_operations.py::test_{up_again_changes_nothing,everything_listens_on_127_0_0_1_only,no_secret_is_where_others_may_read})
  tests/on_stack.sh -m stack "${tests[@]}" "$@"
fi
