#!/usr/bin/env bash
# Creates the buckets, versioning and expiry, and on our own MinIO one S3 user and policy per engine. Safe to repeat; used by the
# native stack and by compose. Addresses and secrets come from the environment (S3_SERVER, MINIO_*, <ENGINE>_S3_ACCESS_KEY,
# <ENGINE>_S3_SECRET_KEY, see .env.example).
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$0")/create_buckets.py"
