-- name: set_local(names, values)
-- Sets settings for this transaction, all at once.
SELECT set_config(s.name, s.value, true)
FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS s (name, value)
