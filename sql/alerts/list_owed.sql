-- name: list_owed(kind)
-- Returns the messages of a kind that are still owed, oldest first, a row for each recipient.
SELECT a.id, a.written_at, a.subject, a.lines, o.recipient
FROM redaction.alerts_owed o
JOIN redaction.alerts a ON a.id = o.alert_id
WHERE a.kind = :kind
ORDER BY a.id, o.recipient
