-- name: record_all_contact_days(run_id, account_id, cutoff)
-- As record_contact_days, for a large run: it records each day after the cutoff that is the first of any contact of the
-- account, also of contacts that are not in the run. The cost grows with the unredacted activities of the account, not
-- with the run.
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
