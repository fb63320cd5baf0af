# Sourced in the checkout of a version: the settings with which it makes the day that its successor takes over.
# shellcheck shell=bash
set -a
# shellcheck source=/dev/null
source tests/e2e/stack.env
PV_FACILITIES=AVLSF,YATSF1
# No scheduled run: what is there is this day, and what a taker's own schedule adds.
PV_SCHEDULE_FROM=2100-01-01T00:00:00Z
set +a
