#!/bin/sh
# Runs a command that downloads; with the build secret `ca` (a PEM bundle) every client trusts that and nothing else.
set -eu
ca=/run/secrets/ca
if [ -s "$ca" ]; then
  store=$(mktemp)
  openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in "$ca" -out "$store" -passout pass:changeit
  export SSL_CERT_FILE="$ca" REQUESTS_CA_BUNDLE="$ca" PIP_CERT="$ca"
  export MAVEN_OPTS="-Djavax.net.ssl.trustStore=$store -Djavax.net.ssl.trustStorePassword=changeit"
fi
exec "$@"
