#!/bin/sh
# Makes the login of Airflow's services in the store: any bucket and object, no user, no setting of the server.
set -eu
mc alias set --quiet store http://s3:9000 "$S3_ROOT_USER" "$S3_ROOT_PASSWORD"
mc admin user add store "$S3_USER" "$S3_PASSWORD"
# Twice changes nothing; it says so by an error.
mc admin policy attach store readwrite --user "$S3_USER" || mc admin user info store "$S3_USER" | grep -q readwrite
