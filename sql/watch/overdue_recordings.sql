-- name: overdue_recordings()
-- Returns by account the recordings of redacted activities that are still to be deleted, and since when the longest is.
SELECT d.account_id, count(*) AS found, min(a.redacted_at) AS since
FROM redaction.recordings_due d
JOIN tracking.activity_identity i ON i.account_id = d.account_id AND i.id = d.activity_id
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE a.redacted_at IS NOT NULL
GROUP BY d.account_id ORDER BY d.account_id
