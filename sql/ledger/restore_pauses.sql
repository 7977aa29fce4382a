-- name: restore_pauses()
-- Restores the pauses that are in force by the ledger.
INSERT INTO redaction.pauses (account_id, reason, paused_by, paused_at)
SELECT l.account_id, l.reason, l.actor, l.written_at
FROM (
    SELECT DISTINCT ON (account_id) kind, account_id, reason, actor, written_at
    FROM redaction.ledger WHERE kind IN ('pause', 'resume') ORDER BY account_id, position DESC
) l
WHERE l.kind = 'pause'
ON CONFLICT (account_id) DO NOTHING
