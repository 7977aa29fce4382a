-- name: record_all_contact_days(run_id, account_id, cutoff)
-- As record_contact_days, for a large run: a day after the cutoff on which any contact of the account is first met is
-- recorded, whether or not they are one of the run's. The cost grows with what the account still has, not with the run.
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
ON CONFLICT DO NOTHING
