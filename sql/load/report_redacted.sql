-- name: report_redacted(accounts, ids)
-- Records those of some activities redacted at the source that are here and not redacted, each once. Returns their
-- number, and which of the others are here.
WITH met AS MATERIALIZED (
    SELECT u.account_id, u.id, a.redacted_at
    FROM unnest(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS u (account_id, id)
    CROSS JOIN LATERAL (
        -- The OFFSETs keep these as look-ups by key.
        SELECT called_at FROM tracking.activity_identity WHERE account_id = u.account_id AND id = u.id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT redacted_at FROM tracking.activities
        WHERE account_id = u.account_id AND called_at = i.called_at AND id = u.id OFFSET 0
    ) a
), reported AS (
    INSERT INTO tracking.redacted_at_source (account_id, activity_id)
    SELECT account_id, id FROM met WHERE redacted_at IS NULL ORDER BY account_id, id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FILTER (WHERE redacted_at IS NULL) AS reported,
       coalesce(array_agg(account_id) FILTER (WHERE redacted_at IS NOT NULL), '{}') AS accounts,
       coalesce(array_agg(id) FILTER (WHERE redacted_at IS NOT NULL), '{}') AS ids
FROM met
