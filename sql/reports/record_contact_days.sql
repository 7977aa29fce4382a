-- name: record_contact_days(run_id, account_id, since)
-- Adds to the days of a run, for each of its contacts, the day of their first activity outside its set, on which they
-- will then be new. One look-up for each contact, from `since` on (NULL: ever): the cost grows with the run, and with
-- the partitions from then on.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (n.called_at AT TIME ZONE t.timezone)::date
FROM (
    SELECT DISTINCT a.contact_key
    FROM redaction.run_activities r
    CROSS JOIN LATERAL (
        SELECT a.contact_key FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at = r.called_at AND a.id = r.activity_id OFFSET 0
    ) a
    WHERE r.run_id = :run_id AND a.contact_key IS NOT NULL
) c
JOIN tracking.accounts t ON t.id = :account_id
CROSS JOIN LATERAL (
    SELECT min(f.called_at) AS called_at
    FROM tracking.activities f
    WHERE f.account_id = :account_id AND f.contact_key = c.contact_key AND f.redacted_at IS NULL
      AND (CAST(:since AS timestamptz) IS NULL OR f.called_at >= :since)
      AND f.id NOT IN (SELECT unnest(b.activity_ids) FROM redaction.run_batches b WHERE b.run_id = :run_id)
) n
WHERE n.called_at IS NOT NULL
ON CONFLICT DO NOTHING
