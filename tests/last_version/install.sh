#!/usr/bin/env bash
# The version in COMMIT, cloned from this repository and installed by its own `make install`: tests/last_version/install.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?say where to}
commit=$(<tests/last_version/COMMIT)
git cat-file -e "$commit^{commit}" 2>/dev/null || { echo "install: this clone has no $commit: git fetch --unshallow" >&2; exit 1; }
[[ -e $folder/.git ]] || git clone --quiet --no-checkout . "$folder"
git -C "$folder" checkout --quiet --detach "$commit"
# What both versions download is there already; links, so that it takes no room and neither changes the other's.
mkdir -p "$folder/.lakehouse"
[[ -e $folder/.lakehouse/cache ]] || cp -al .lakehouse/cache "$folder/.lakehouse/cache"
make --no-print-directory -C "$folder" install
