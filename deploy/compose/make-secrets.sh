#!/bin/sh
# Makes every secret of docker-compose.yml, once: passwords, the broker's certificate, its users.
# Usage: deploy/compose/make-secrets.sh [NAME-OR-ADDRESS OF THE BROKER …]
set -eu
umask 077
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo "$PWD/secrets is there already; move it away first, for whoever has the old secrets stays outside then." >&2
  exit 1
fi
made=$(mktemp -d ./making.XXXXXX)
trap 'rm -rf "$made"' EXIT

random() { openssl rand -hex 24 | tr -d '\n'; }
for name in mqtt_password influxdb_admin_password influxdb_admin_token influxdb_user_password postgres_password; do
  random > "$made/$name"
done
printf 'postgresql://truckroll:%s@127.0.0.1:5432/truckroll' "$(cat "$made/postgres_password")" > "$made/ledger_url"

names="DNS:localhost,IP:127.0.0.1"
for name in "$@"; do
  case $name in
    *:* | *[!0-9.]*.* | *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  case $name in *:*) kind=IP ;; esac
  names="$names,$kind:$name"
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Truckroll broker authority" \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
  -keyout "$made/ca.key" -out "$made/ca.crt" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=truckroll-broker" \
  -keyout "$made/server.key" -out "$made/server.csr" 2>/dev/null
printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth" \
  "subjectKeyIdentifier=hash" "authorityKeyIdentifier=keyid" "subjectAltName=$names" > "$made/server.ext"
openssl x509 -req -in "$made/server.csr" -CA "$made/ca.crt" -CAkey "$made/ca.key" -CAcreateserial -days 825 \
  -extfile "$made/server.ext" -out "$made/server.crt" 2>/dev/null
rm -f "$made/server.csr" "$made/server.ext" "$made/ca.srl"

printf 'truckroll:%s\n' "$(cat "$made/mqtt_password")" > "$made/mosquitto_passwords"
if command -v mosquitto_passwd >/dev/null; then
  mosquitto_passwd -U "$made/mosquitto_passwords"
else
  docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$PWD/$made:/made" \
    --entrypoint mosquitto_passwd eclipse-mosquitto:2.0.22 -U /made/mosquitto_passwords
fi

# Containers have users of their own, so the files can be read by all of them; nobody else gets through the folder.
chmod 0444 "$made"/*
chmod 0400 "$made/ca.key"
mv "$made" secrets
echo "Secrets are in $PWD/secrets; keep a copy of ca.key elsewhere, and give ca.crt to the devices."
