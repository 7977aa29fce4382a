#!/bin/sh
# Both schemas, the login of tasks and pages, and the administrator's password where the API server reads it; twice
# changes nothing. A schema is not upgraded under an Airflow that is at work: see may_upgrade.sh.
set -eu
umask 077
here=$(dirname "$0")
sh "$here/may_upgrade.sh"
printf '{"admin": "%s"}' "$ADMIN_PASSWORD" > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
airflow db migrate
redaction init
# The store of the profile `s3` may still be starting, and have no bucket.
case "${REDACTION_LEDGER_URL:-} ${AWS_ENDPOINT_URL:-}" in
  "s3://ledger"*" http://s3:9000")
    for again in 1 2 3 4 5 6; do
      python "$here/make_buckets.py" && break
      sleep 5
    done ;;
esac
redaction ledger publish
