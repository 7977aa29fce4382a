-- name: create_staging()
-- Creates the temporary table that a batch is copied into; its transaction drops it with all values.
CREATE TEMPORARY TABLE staging (
{% include "load/_columns.sql" %}

) WITH (toast_tuple_target = 8160) ON COMMIT DROP
