#!/usr/bin/env bash
# Creates the buckets, one S3 user and policy per engine, versioning and expiry. Safe to repeat; used by the native stack and by
# compose. Addresses and secrets come from the environment (MINIO_*, <ENGINE>_S3_ACCESS_KEY, <ENGINE>_S3_SECRET_KEY, see .env.example).
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/create_buckets.py"
