-- name: count_unredacted(account_ids, cutoffs, most)
-- Returns how many activities of each of a few accounts from before its cutoff are not redacted, held ones too, counted up
-- to `most`.
SELECT t.account_id, (
    SELECT count(*) FROM (
        SELECT FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.called_at < t.cutoff AND a.redacted_at IS NULL LIMIT :most
    ) c
) AS activities
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[])) AS t (account_id, cutoff)
