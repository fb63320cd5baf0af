#!/usr/bin/env bash
# Writes a file into PV_SECRETS_DIR (.lakehouse/secrets) for every secret that infra/compose.yaml names and that has none yet: a value
# given in the environment or in .env under the variable's name, else a random one. Containers read the files as another user, so the
# folder is what keeps others out.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${PV_SECRETS_DIR:-.lakehouse/secrets}
optional=(open_nem_primary open_nem_secondary pv_alert_webhook_url)

given() { # value of a variable in the environment, else in .env
  local name=${1^^}
  if [[ -v $name ]]; then printf %s "${!name}"; elif [[ -f .env ]]; then sed -n "s/^$name=//p" .env | tail -1 | tr -d "\"'\n"; fi
}

certificate() { # Trino's, for TLS: one's own (TRINO_CERTIFICATE, TRINO_CA: PEM files), else one from an authority made here
  local host=${TRINO_CERTIFICATE_HOST:-$(hostname)} new
  if [[ -n ${TRINO_CERTIFICATE:-} ]]; then
    for file in "$TRINO_CERTIFICATE" "${TRINO_CA:?set TRINO_CA to the certificate of the authority that signed TRINO_CERTIFICATE}"; do
      openssl x509 -in "$file" -noout -checkend 0 >/dev/null || { echo "secrets: $file is no valid certificate" >&2; exit 1; }
    done
    openssl pkey -in "$TRINO_CERTIFICATE" -noout 2>/dev/null || { echo "secrets: $TRINO_CERTIFICATE holds no private key" >&2; exit 1; }
    install -m 444 "$TRINO_CERTIFICATE" "$folder/trino_certificate"
    install -m 444 "$TRINO_CA" "$folder/trino_ca"
    rm -f "$folder/trino_ca_key"
  fi
  # A week before its end a certificate made here is made again; one's own is not ours to replace.
  if [[ ! -s $folder/trino_certificate ]] || { [[ -s $folder/trino_ca_key ]] && ! openssl x509 -in "$folder/trino_certificate" -noout -checkend 604800 >/dev/null; }; then
    new=$(mktemp -d "$folder/new.XXXXXX")
    [[ -s $folder/trino_ca_key && -s $folder/trino_ca ]] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
      -subj "/CN=PV Lakehouse" -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$folder/trino_ca_key" -out "$folder/trino_ca" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=trino" -keyout "$new/key" -out "$new/request" 2>/dev/null
    openssl x509 -req -in "$new/request" -CA "$folder/trino_ca" -CAkey "$folder/trino_ca_key" -days 397 -out "$new/certificate" \
      -extfile <(printf '%s\n' "subjectAltName=DNS:trino,DNS:localhost,DNS:$host,IP:127.0.0.1" extendedKeyUsage=serverAuth \
        keyUsage=digitalSignature basicConstraints=CA:FALSE subjectKeyIdentifier=hash authorityKeyIdentifier=keyid) 2>/dev/null
    cat "$new/key" "$new/certificate" >"$new/pem"
    install -m 444 "$new/pem" "$folder/trino_certificate"
    rm -r "$new"
  fi
  chmod 444 "$folder/trino_ca"
  openssl x509 -in "$folder/trino_certificate" -noout -checkend 0 >/dev/null ||
    { echo "secrets: the certificate in $folder/trino_certificate has expired: give a new one as TRINO_CERTIFICATE and TRINO_CA" >&2; exit 1; }
}

command -v openssl >/dev/null || { echo "secrets: openssl is missing: install it" >&2; exit 1; }
mkdir -p "$folder"
chmod 700 "$folder"
certificate
for name in $(sed -n 's|.*{PV_SECRETS_DIR:-[^}]*}/\([a-z0-9_]*\).*|\1|p' infra/compose.yaml); do
  file=$folder/$name
  [[ $name != trino_ca && $name != trino_certificate ]] || continue
  value=$(given "$name")
  if [[ $value == *…* || $value == *"<"* || ${value,,} == change*me* || ${value,,} == your* ]]; then
    echo "secrets: ${name^^} still holds a placeholder: set it or leave it empty" >&2
    exit 1
  fi
  if [[ " ${optional[*]} " != *" $name "* ]]; then
    if [[ -s $file ]]; then
      [[ -z $value || $value == "$(<"$file")" ]] ||
        { echo "secrets: ${name^^} is another than the one in use: docker/stack.sh rotate ${name^^} makes it the new one" >&2; exit 1; }
      continue
    elif [[ -z $value ]]; then
      value=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')
      [[ $name == airflow_fernet_key ]] || value=${value%=}
    fi
  fi
  # Written in place: a container sees the file that was there when it was made.
  [[ ! -e $file ]] || chmod u+w "$file"
  (umask 022 && printf %s "$value" >"$file" && chmod 444 "$file")
done
