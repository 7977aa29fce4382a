-- name: count_between(account_ids, starts, ends, most)
-- Returns how many activities of accounts are not redacted, each from one instant to before another, held ones too,
-- counted up to `most`; in the given order.
SELECT (
    SELECT count(*) FROM (
        SELECT FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at >= t.starts AND a.called_at < t.ends AND a.redacted_at IS NULL
        LIMIT :most
    ) c
) AS activities
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
    WITH ORDINALITY AS t (account_id, starts, ends, place)
ORDER BY t.place
