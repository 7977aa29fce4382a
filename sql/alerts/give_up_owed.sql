-- name: give_up_owed(before)
-- Forgets what was owed since before an instant; the problem of the message stays.
DELETE FROM redaction.alerts_owed o USING redaction.alerts a WHERE a.id = o.alert_id AND a.written_at < :before
