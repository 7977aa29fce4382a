-- name: list_alerts(before, most)
-- Returns the newest messages with ids below the given one (NULL: all), in descending order.
SELECT id, kind, written_at, subject, lines, recipients, problem FROM redaction.alerts
WHERE CAST(:before AS bigint) IS NULL OR id < :before ORDER BY id DESC LIMIT :most
