-- name: known_zones()
-- Returns the time zones that the server knows: the reports count its local days.
SELECT name FROM pg_timezone_names
