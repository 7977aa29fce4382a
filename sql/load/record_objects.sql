-- name: record_objects()
-- Records the staged addresses as objects of their activities, each once. It skips those that the clock for recordings
-- has taken, whatever field brings them, and those of activities that were redacted before this load: see
-- `record_late_objects`.
INSERT INTO tracking.objects (account_id, activity_id, address, recording)
SELECT s.account_id, s.activity_id, s.address, s.recording
FROM staged_objects s
WHERE (s.is_new OR NOT {% with object = "s" %}{% include "objects/_taken.sql" %}{% endwith %})
  AND NOT EXISTS (
    SELECT FROM tracking.taken_recordings t
    WHERE t.account_id = s.account_id AND t.activity_id = s.activity_id AND tracking.was_taken(s.account_id, s.activity_id, s.address)
) AND EXISTS (
    SELECT FROM tracking.activity_identity i
    CROSS JOIN LATERAL (
        SELECT redacted_at FROM tracking.activities
        WHERE account_id = s.account_id AND called_at = i.called_at AND id = s.activity_id OFFSET 0
    ) a
    WHERE i.account_id = s.account_id AND i.id = s.activity_id AND a.redacted_at IS NULL
)
ON CONFLICT DO NOTHING
