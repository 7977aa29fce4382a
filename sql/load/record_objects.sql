-- name: record_objects()
-- Records the staged addresses as objects of their activities, each once. It skips those that the clock for recordings
-- has taken, whatever field brings them, and those of activities that were redacted before this load: see
-- `record_late_objects`. Existing activities are locked: a redaction at the same time waits, and then knows the object.
INSERT INTO tracking.objects (account_id, activity_id, address, recording)
SELECT s.account_id, s.activity_id, s.address, s.recording
FROM staged_objects s
WHERE (s.is_new OR NOT {% with object = "s" %}{% include "objects/_taken.sql" %}{% endwith %})
  AND NOT EXISTS (
    SELECT FROM tracking.taken_recordings t
    WHERE t.account_id = s.account_id AND t.activity_id = s.activity_id AND tracking.was_taken(s.account_id, s.activity_id, s.address)
) AND (s.is_new OR (s.account_id, s.activity_id) IN (
    SELECT l.locked_account, l.locked_id
    FROM (
        SELECT array_agg(e.account_id ORDER BY e.account_id, e.activity_id) AS accounts,
               array_agg(e.activity_id ORDER BY e.account_id, e.activity_id) AS ids
        FROM (SELECT DISTINCT account_id, activity_id FROM staged_objects WHERE NOT is_new) e
    ) existing
    CROSS JOIN LATERAL tracking.lock_living(existing.accounts, existing.ids) l
))
ON CONFLICT DO NOTHING
