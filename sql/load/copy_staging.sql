-- name: copy_staging()
-- Copies a batch into the staging table; the columns are those of the catalog without state, in its order.
COPY staging FROM STDIN
