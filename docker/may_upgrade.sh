#!/bin/sh
# Whether `init` may go on: not if it would upgrade a schema, or replace its functions, under an Airflow that is at work. Changes nothing.
# UPGRADE_WHILE_RUNNING=yes says that it may.
set -eu
here=$(dirname "$0")
[ "${UPGRADE_WHILE_RUNNING:-}" != yes ] || exit 0
python -I "$here/health.py" at-work any || exit 0
if redaction init --check && airflow db check-migrations --migration-wait-timeout 1 > /dev/null 2>&1; then
  exit 0
fi
echo "init: a schema or its functions are not those of this program, and services of Airflow are at work. Nothing was changed." >&2
echo "init: stop them first: docker compose stop api-server scheduler dag-processor triggerer worker" >&2
echo "init: or upgrade under them: UPGRADE_WHILE_RUNNING=yes docker compose up" >&2
exit 1
