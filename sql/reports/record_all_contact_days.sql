-- name: record_all_contact_days(run_id, account_id, cutoff)
-- As record_contact_days, for a large run: a day after the cutoff on which any contact of the account is first met is
-- recorded, whether or not he is one of the run's, and so is every day before it of which something is held. The cost grows
-- with what the account still has, not with the run.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (n.called_at AT TIME ZONE t.timezone)::date
FROM (
    SELECT min(f.called_at) AS called_at
    FROM tracking.activities f
    WHERE f.account_id = :account_id AND f.contact_key IS NOT NULL AND f.called_at >= :cutoff
      AND f.redacted_at IS NULL
    GROUP BY f.contact_key
) n
JOIN tracking.accounts t ON t.id = :account_id
UNION
SELECT CAST(:run_id AS bigint), (f.called_at AT TIME ZONE t.timezone)::date
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
