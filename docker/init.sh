#!/bin/sh
# Both schemas, the login of tasks and pages, and the administrator's password where the API server reads it; twice changes nothing.
set -eu
umask 077
printf '{"admin": "%s"}' "$ADMIN_PASSWORD" > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
airflow db migrate
redaction init
redaction ledger publish
