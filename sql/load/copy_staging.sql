-- name: copy_staging()
-- Copies existing activities into the staging table.
COPY staging ({{ copied | join(", ") }}) FROM STDIN (FORMAT binary)
