# Read by the scripts beside it: each service that has a database, and the user that its container runs as.
read -ra services <<< "${SERVICES:-users:10002 orders:10003}"
