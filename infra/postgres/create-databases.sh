#!/usr/bin/env bash
# Runs once, on an empty data volume: for each service a role, and a database that no other role can open.
set -euo pipefail

run() { psql --username=postgres --dbname=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1; }

for service in users orders; do
  # psql reads the password from its file, so that no command line shows it.
  run <<SQL
\set password \`cat /run/secrets/postgres/$service-password\`
CREATE ROLE $service LOGIN PASSWORD :'password';
CREATE DATABASE $service OWNER $service;
REVOKE ALL ON DATABASE $service FROM PUBLIC;
SQL
done

# The superuser is for this container's own socket only: without a password there is no login from elsewhere.
run <<'SQL'
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
