#!/usr/bin/env bash
# Makes the secrets that are missing, at each start, in the volume at /run/secrets: a folder for each container, which
# only the user of that container can open. A secret that is there stays as it is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
umask 077
cd "${SECRETS:-/run/secrets}"

random() { od --address-radix=n --format=x1 --read-bytes=32 /dev/urandom | tr -d ' \n'; }

# write UID NAME VALUE: the file NAME, whose folder is the container's, for the user UID; in its place only once it is whole.
write() {
  local folder
  folder=$(dirname "$2")
  mkdir -p "$folder"
  printf '%s' "$3" > "$2.new"
  chown "$1:$1" "$folder" "$2.new"
  mv "$2.new" "$2"
  made+=("$2")
}

# keep UID NAME [VALUE]: makes the file NAME where it is missing, of VALUE or of random bytes.
keep() { [[ -s $2 ]] || write "$1" "$2" "${3:-$(random)}"; }

# update UID NAME VALUE: makes the file NAME where it is missing or says something else.
update() { [[ -s $2 && $(< "$2") == "$3" ]] || write "$@"; }

# internal_secret NAME UID: the key that the gateway and one service share, and nobody else has.
internal_secret() {
  keep 10001 "gateway/internal-secret-$1"
  update "$2" "$1/internal-secret" "$(< "gateway/internal-secret-$1")"
}

# database_urls NAME UID: the passwords of a service's two roles, for PostgreSQL, and the addresses with them, for the service.
database_urls() {
  local at=@postgres:5432/$1
  keep 999 "postgres/$1-password"
  keep 999 "postgres/$1-owner-password"
  update "$2" "$1/database-url" "postgresql://$1:$(< "postgres/$1-password")$at"
  update "$2" "$1/migration-database-url" "postgresql://$1_owner:$(< "postgres/$1-owner-password")$at"
}

made=()
keep 10001 gateway/jwt-secret
# For services without a key of their own.
keep 10001 gateway/internal-secret
for service in "${services[@]}"; do
  name=${service%:*} user=${service#*:}
  internal_secret "$name" "$user"
  database_urls "$name" "$user"
done
# What users tells orders is signed with it.
keep 10002 users/events-secret
update 10003 orders/events-secret "$(< users/events-secret)"

chmod 711 .
if ((${#made[@]} > 0)); then echo "Secrets made: ${made[*]}"; fi
