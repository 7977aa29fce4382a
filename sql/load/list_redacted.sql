-- name: list_redacted()
-- Returns those of the staged activities that are redacted by now.
SELECT coalesce(array_agg(s.account_id), '{}') AS accounts, coalesce(array_agg(s.id), '{}') AS ids
FROM staging s
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = s.account_id AND id = s.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT redacted_at FROM tracking.activities
    WHERE account_id = s.account_id AND called_at = i.called_at AND id = s.id OFFSET 0
) a
WHERE a.redacted_at IS NOT NULL
