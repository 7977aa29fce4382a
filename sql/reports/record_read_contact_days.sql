-- name: record_read_contact_days(run_id, account_id)
-- As record_contact_days, for a set that is much of the account: it reads the unredacted activities once, instead of
-- looking up each contact. The cost grows with these activities, not with the run.
INSERT INTO redaction.run_days (run_id, day)
SELECT DISTINCT CAST(:run_id AS bigint), (n.called_at AT TIME ZONE t.timezone)::date
FROM (
    SELECT min(f.called_at) FILTER (WHERE NOT f.selected) AS called_at
    FROM (
        SELECT a.contact_key, a.called_at,
               (a.id IN (SELECT unnest(b.activity_ids) FROM redaction.run_batches b WHERE b.run_id = :run_id)) IS TRUE
                   AS selected
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.contact_key IS NOT NULL AND a.redacted_at IS NULL
        OFFSET 0
    ) f
    GROUP BY f.contact_key
    HAVING bool_or(f.selected)
) n
JOIN tracking.accounts t ON t.id = :account_id
WHERE n.called_at IS NOT NULL
ON CONFLICT DO NOTHING
