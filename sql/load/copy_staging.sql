-- name: copy_staging()
-- Copies activities that are there already into the staging table.
COPY staging ({{ copied | join(", ") }}) FROM STDIN (FORMAT binary)
