-- name: list_alerts(before, most)
-- Returns the newest messages with ids below the given one (NULL: all), in descending order, and to how many recipients
-- each is still owed.
SELECT a.id, a.kind, a.written_at, a.subject, a.lines, a.recipients, a.problem,
       (SELECT count(*) FROM redaction.alerts_owed o WHERE o.alert_id = a.id) AS owed
FROM redaction.alerts a
WHERE CAST(:before AS bigint) IS NULL OR a.id < :before
ORDER BY a.id DESC
LIMIT :most
