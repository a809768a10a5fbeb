#!/usr/bin/env bash
# Makes every secret of the system, once, into the volume at /run/secrets: a folder for each container, which
# only the user of that container can open. What is there already stays as it is.
set -euo pipefail
umask 077
cd /run/secrets

random() { od --address-radix=n --format=x1 --read-bytes=32 /dev/urandom | tr -d ' \n'; }
database_url() { printf 'postgresql://%s:%s@postgres:5432/%s' "$1" "$2" "$1"; }

# give UID NAME VALUE: the file NAME, whose folder is the container's, for the user UID.
give() {
  mkdir -p "$(dirname "$2")"
  printf '%s' "$3" > "$2"
  chown -R "$1:$1" "$(dirname "$2")"
}

[[ ! -e complete ]] || exit 0

internal=$(random) users=$(random) orders=$(random)
give 999 postgres/superuser-password "$(random)"
give 999 postgres/users-password "$users"
give 999 postgres/orders-password "$orders"
give 10001 gateway/jwt-secret "$(random)"
give 10001 gateway/internal-secret "$internal"
give 10002 users/internal-secret "$internal"
give 10002 users/database-url "$(database_url users "$users")"
give 10003 orders/internal-secret "$internal"
give 10003 orders/database-url "$(database_url orders "$orders")"

chmod 711 .
touch complete
echo 'The secrets are made.'
