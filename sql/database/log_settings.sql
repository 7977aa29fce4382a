-- name: log_settings(names)
-- Returns the values, for this login, of those of some settings that the server has.
SELECT name, setting FROM pg_settings WHERE name = ANY(CAST(:names AS text[])) ORDER BY name
