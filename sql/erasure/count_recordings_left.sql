-- name: count_recordings_left(account_id)
-- Counts the recordings of the account's redacted activities that are still to be deleted.
SELECT count(*) AS recordings
FROM redaction.recordings_due d
JOIN tracking.activity_identity i ON i.account_id = d.account_id AND i.id = d.activity_id
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE d.account_id = :account_id AND a.redacted_at IS NOT NULL
