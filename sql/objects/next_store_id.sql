-- name: next_store_id()
-- Lets the ids of stores continue after the restored ones.
SELECT setval(
    pg_get_serial_sequence('redaction.stores', 'id'), greatest((SELECT max(id) FROM redaction.stores), 1)
) AS id
