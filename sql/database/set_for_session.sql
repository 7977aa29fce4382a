-- name: set_for_session(names, values)
-- Sets settings for this session, all in one go.
SELECT set_config(s.name, s.value, false)
FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS s (name, value)
