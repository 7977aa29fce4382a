-- name: record_held_days(run_id, account_id, cutoff)
-- Records, with record_all_contact_days, each day before the cutoff with held activities: their contacts may become new
-- on that day.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (f.called_at AT TIME ZONE t.timezone)::date
FROM (
    SELECT i.called_at
    FROM redaction.held_activities h
    JOIN tracking.activity_identity i ON i.account_id = h.account_id AND i.id = h.activity_id
    WHERE h.account_id = :account_id
    UNION ALL
    SELECT a.called_at
    FROM tracking.held_contacts h
    JOIN tracking.activities a ON a.account_id = h.account_id AND a.contact_key = h.contact_key
    WHERE h.account_id = :account_id AND a.redacted_at IS NULL
    UNION ALL
    SELECT a.called_at
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.redacted_at IS NULL
      AND a.contact_keys && (SELECT array_agg(h.contact_key) FROM tracking.held_contacts h WHERE h.account_id = :account_id)
) f
JOIN tracking.accounts t ON t.id = :account_id
WHERE f.called_at < :cutoff
ON CONFLICT DO NOTHING
