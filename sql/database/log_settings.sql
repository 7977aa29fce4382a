-- name: log_settings(names)
-- Returns those of some settings of the server that it has, as they are for this login.
SELECT name, setting FROM pg_settings WHERE name = ANY(CAST(:names AS text[])) ORDER BY name
