#!/usr/bin/env bash
# Writes a file into PV_SECRETS_DIR (.lakehouse/secrets) for every secret that infra/compose.yaml names and that has none yet: a value
# given in the environment or in .env under the variable's name, else a random one. Containers read the files as another user, so the
# folder is what keeps others out. PV_ROTATED="NAME …": these alone, which docker/rotate.sh wants.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${PV_SECRETS_DIR:-.lakehouse/secrets}
optional=(open_nem_primary open_nem_secondary pv_alert_webhook_url https_proxy)
# shellcheck source=docker/given.sh
source docker/given.sh
# Of another store the administrator is needed for making buckets only, and a catalog that is not ours brings its own key.
! is_external s3 || optional+=(minio_access_key minio_secret_key)
! is_external catalog || optional+=(catalog_maintenance_token)
! { is_external s3 && is_external catalog; } || optional+=(catalog_s3_access_key catalog_s3_secret_key)

refuse() {
  echo "secrets: $1" >&2
  exit 1
}

put() { # FILE VALUE, in place: a container that has it mounted would keep another one that was replaced
  [[ ! -e $1 || -w $1 ]] || chmod u+w "$1"
  printf %s "$2" >"$1"
}

refuse_twin() { # NAME VALUE: each secret opens one door; who has the key to two has been given too much
  local other
  ! is_theirs "$1" || return 0
  for other in $(known_secrets); do
    [[ $other == "$1" || ! -s $folder/$other || $(<"$folder/$other") != "$2" ]] || refuse "${1^^}: this value is that of ${other^^} too"
  done
}

certificate() { # Trino's, for TLS: one's own (TRINO_CERTIFICATE, TRINO_CA: PEM files), else one from an authority made here
  local host=${TRINO_CERTIFICATE_HOST:-$(hostname)} new
  if [[ -n ${TRINO_CERTIFICATE:-} ]]; then
    for file in "$TRINO_CERTIFICATE" "${TRINO_CA:?set TRINO_CA to the certificate of the authority that signed TRINO_CERTIFICATE}"; do
      openssl x509 -in "$file" -noout -checkend 0 &>/dev/null || refuse "$file is no valid certificate"
    done
    openssl pkey -in "$TRINO_CERTIFICATE" -noout 2>/dev/null || refuse "$TRINO_CERTIFICATE holds no private key"
    cmp -s <(openssl pkey -in "$TRINO_CERTIFICATE" -pubout) <(openssl x509 -in "$TRINO_CERTIFICATE" -noout -pubkey) ||
      refuse "the private key in $TRINO_CERTIFICATE is not that of its first certificate"
    # What the other services call it, and its health check and this machine's clients.
    for name in "-verify_hostname trino" "-verify_ip 127.0.0.1"; do
      # shellcheck disable=SC2086
      openssl verify $name -CAfile "$TRINO_CA" -untrusted "$TRINO_CERTIFICATE" "$TRINO_CERTIFICATE" >/dev/null 2>&1 ||
        refuse "$TRINO_CERTIFICATE must be signed by $TRINO_CA and be for DNS:trino and IP:127.0.0.1 (${name#* } is not)"
    done
    cmp -s "$TRINO_CERTIFICATE" "$folder/trino_certificate" || put "$folder/trino_certificate" "$(<"$TRINO_CERTIFICATE")"$'\n'
    cmp -s "$TRINO_CA" "$folder/trino_ca" || put "$folder/trino_ca" "$(<"$TRINO_CA")"$'\n'
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
    put "$folder/trino_certificate" "$(<"$new/pem")"$'\n'
    rm -r "$new"
  fi
  openssl x509 -in "$folder/trino_certificate" -noout -checkend 0 >/dev/null ||
    refuse "the certificate in $folder/trino_certificate has expired: give a new one as TRINO_CERTIFICATE and TRINO_CA"
}

command -v openssl >/dev/null || refuse "openssl is missing: install it"
mkdir -p "$folder"
chmod 700 "$folder"
umask 022
certificate
count=0 written=()
# Made at once, more than are needed: processes for each would take half a second. 43 characters are 258 bits, 20 are 100.
mapfile -t values < <(head -c 4096 /dev/urandom | base64 -w 43 | tr '+/' '-_')
mapfile -t user_names < <(head -c 1250 /dev/urandom | base32 -w 20)
for name in $(known_secrets); do
  file=$folder/$name
  [[ $name != trino_ca && $name != trino_certificate && " ${PV_ROTATED:-$name} " == *" $name "* ]] || continue
  value=$(given "$name")
  # The proxy is the environment's of one day, which the next one need not have; HTTPS_PROXY= takes it away.
  [[ $name != https_proxy || -v HTTPS_PROXY || ! -e $file ]] || continue
  if [[ -n $value ]] && { [[ ! -s $file ]] || [[ $value != "$(<"$file")" ]]; }; then
    found=$(flaw "$name" "$value")
    [[ -z $found ]] || refuse "${name^^}: $found"
  fi
  if [[ " ${optional[*]} " != *" $name "* ]]; then
    if [[ -s $file ]]; then
      found=$(flaw "$name" "$(<"$file")" in-use)
      [[ -z $found ]] || refuse "${name^^} in $file: $found"
      [[ -z $value || $value == "$(<"$file")" ]] ||
        refuse "${name^^} is another than the one in use: docker/stack.sh rotate ${name^^} makes it the new one$(is_theirs "$name" && echo "; for another store or catalog begin with another PV_PROJECT and PV_SECRETS_DIR")"
      continue
    elif [[ -n $value ]]; then
      refuse_twin "$name" "$value"
    elif is_theirs "$name"; then
      refuse "no value for ${name^^}: another S3 or catalog takes keys that it knows, see docs/storage.md"
    else
      case $name in
      airflow_fernet_key) value=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_') ;;
      *_access_key) value=${user_names[count++]} ;; # an S3 user's name: MinIO allows no more
      *) value=${values[count++]} ;;
      esac
    fi
  fi
  put "$file" "$value"
done
# In the end, for all: what a run that was killed has left gets its mode, too.
for name in $(known_secrets); do
  [[ ! -e $folder/$name ]] || written+=("$folder/$name")
done
chmod 444 "${written[@]}"
