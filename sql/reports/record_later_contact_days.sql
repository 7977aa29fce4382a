-- name: record_later_contact_days(run_id, account_id, cutoff)
-- As record_contact_days, for a run whose set is everything before the cutoff, with little after it: it reads the
-- unredacted activities once, instead of looking up each contact in every partition.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (n.called_at AT TIME ZONE t.timezone)::date
FROM (
    SELECT min(a.called_at) FILTER (WHERE a.called_at >= :cutoff) AS called_at
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.contact_key IS NOT NULL AND a.redacted_at IS NULL
    GROUP BY a.contact_key
    HAVING min(a.called_at) < :cutoff
) n
JOIN tracking.accounts t ON t.id = :account_id
WHERE n.called_at IS NOT NULL
ON CONFLICT DO NOTHING
