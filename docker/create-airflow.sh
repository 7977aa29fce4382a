#!/bin/sh
# Runs once, when the server is made: a role and a database of Airflow's own, which may not look into ours.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$AIRFLOW_DB_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'password';
CREATE DATABASE airflow OWNER airflow;
REVOKE CONNECT ON DATABASE redaction FROM PUBLIC;
SQL
