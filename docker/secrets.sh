#!/usr/bin/env bash
# Writes a file for every secret that infra/compose.yaml names and that has none yet: a value given in the environment or in .env
# under the variable's name, else a random one. Containers read the files as another user, so the folder is what keeps others out.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.lakehouse/secrets
optional=(open_nem_primary open_nem_secondary)

given() { # value of a variable in the environment, else in .env
  local name=${1^^}
  if [[ -v $name ]]; then printf %s "${!name}"; elif [[ -f .env ]]; then sed -n "s/^$name=//p" .env | tail -1 | tr -d "\"'\n"; fi
}

mkdir -p "$folder"
chmod 700 "$folder"
for name in $(sed -n "s|.*file: \.\./$folder/\([a-z0-9_]*\).*|\1|p" infra/compose.yaml); do
  file=$folder/$name
  value=$(given "$name")
  if [[ -n $value ]]; then
    :
  elif [[ -s $file ]]; then
    continue
  elif [[ " ${optional[*]} " != *" $name "* ]]; then
    value=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')
    [[ $name == airflow_fernet_key ]] || value=${value%=}
  fi
  rm -f "$file"
  (umask 022 && printf %s "$value" >"$file" && chmod 444 "$file")
done
