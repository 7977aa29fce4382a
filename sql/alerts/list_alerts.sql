-- name: list_alerts(before, most)
-- Returns the newest messages whose ids are below one (NULL: all), in falling order.
SELECT id, kind, written_at, subject, lines, recipients, problem FROM redaction.alerts
WHERE CAST(:before AS bigint) IS NULL OR id < :before ORDER BY id DESC LIMIT :most
