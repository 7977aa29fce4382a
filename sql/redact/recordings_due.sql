-- name: recordings_due(account_id, after_id, batch_size)
-- Returns recordings of the account's redacted activities that are still to be deleted: those of this run, and those
-- that an earlier run did not live to delete.
SELECT d.id, d.activity_id, d.url
FROM redaction.recordings_due d
JOIN tracking.activity_identity i ON i.account_id = d.account_id AND i.id = d.activity_id
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE d.account_id = :account_id AND d.id > :after_id AND a.redacted_at IS NOT NULL
ORDER BY d.id
LIMIT :batch_size
