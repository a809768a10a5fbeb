#!/usr/bin/env bash
# Starts PostgreSQL in its container, once all is there that the services need: the files of the server and, for each
# service, two roles and a database. It looks at each start, so that what was broken off is finished, and a service that
# is added to existing data finds its database. Nobody can connect by TCP before.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
secrets=${SECRETS:-/run/secrets}/postgres
sockets=${SOCKETS:-/var/run/postgresql}
# Three replicas of a service: each takes ten for its pool, one each for the readiness check, LISTEN and migrations.
serving_connections=40
owner_connections=4
connections=$((${#services[@]} * (serving_connections + owner_connections) + 12))

# The same order and case rules as under npm start. In its place only once it is whole.
create_cluster() {
  rm -rf "$PGDATA.unfinished"
  mkdir -p "$(dirname "$PGDATA")"
  initdb --pgdata="$PGDATA.unfinished" --username=postgres --auth=reject --encoding=UTF8 \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C
  mv --no-target-directory "$PGDATA.unfinished" "$PGDATA"
}

# The superuser by this container's own socket only (it has no password; by TCP it is asked for one, so that pg_isready
# gets an answer), and each role by TCP to its own database.
write_access_rules() {
  local service name
  {
    echo 'local all postgres trust'
    echo 'host all postgres 127.0.0.1/32 scram-sha-256'
    for service in "${services[@]}"; do
      name=${service%:*}
      echo "host $name $name,${name}_owner all scram-sha-256"
    done
  } > "$PGDATA/pg_hba.conf.new"
  mv "$PGDATA/pg_hba.conf.new" "$PGDATA/pg_hba.conf"
}

run() {
  psql --username=postgres --host="$sockets" --dbname=postgres --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 "$@"
}

# The passwords are read by psql from their files, so that no command line shows one.
create_database() {
  run --set=name="$1" --set=owner="$1_owner" --set=serving="$serving_connections" --set=owning="$owner_connections" << SQL
\\set password \`cat $secrets/$1-password\`
\\set owner_password \`cat $secrets/$1-owner-password\`
SELECT format('CREATE ROLE %I', role) FROM (VALUES (:'name'), (:'owner')) AS wanted (role)
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \\gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT :serving PASSWORD :'password';
ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT :owning PASSWORD :'owner_password';
SELECT format('CREATE DATABASE %I', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
\\connect :"name"
-- In an earlier version the role that serves owned all.
REASSIGN OWNED BY :"name" TO :"owner";
ALTER DATABASE :"name" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name", :"owner";
SQL
}

[[ -s $PGDATA/PG_VERSION ]] || create_cluster
write_access_rules
trap 'pg_ctl --pgdata="$PGDATA" --silent --mode=fast stop' EXIT
pg_ctl --pgdata="$PGDATA" --silent --wait --timeout=600 \
  --options="-c listen_addresses='' -c unix_socket_directories='$sockets' -c log_min_messages=fatal" start
for service in "${services[@]}"; do create_database "${service%:*}"; done
run << 'SQL'
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
SQL
trap - EXIT
pg_ctl --pgdata="$PGDATA" --silent --wait --timeout=600 --mode=fast stop

exec postgres -D "$PGDATA" -c listen_addresses="${LISTEN:-*}" -c port="${PORT:-5432}" \
  -c unix_socket_directories="$sockets" -c max_connections="$connections"
