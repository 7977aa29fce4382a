-- name: find_recording(account_id, id)
-- Returns the address of the recording of an activity that is not redacted.
SELECT a.recording_url AS address
FROM tracking.activity_identity i
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE i.account_id = :account_id AND i.id = :id AND a.redacted_at IS NULL AND a.recording_url IS NOT NULL
