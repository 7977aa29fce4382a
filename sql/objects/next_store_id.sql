-- name: next_store_id()
-- Lets the ids of stores go on after those that were put back under their own.
SELECT setval(
    pg_get_serial_sequence('redaction.stores', 'id'), greatest((SELECT max(id) FROM redaction.stores), 1)
) AS id
