-- name: oldest_unredacted(account_ids, ends)
-- Returns for some accounts the oldest activity for each number of instants (in rising order) that had passed when it
-- was redacted; for an unredacted activity all have. So one pass gives the oldest at every instant.
SELECT account_id,
       CASE WHEN redacted_at IS NULL THEN cardinality(CAST(:ends AS timestamptz[]))
            ELSE width_bucket(redacted_at, CAST(:ends AS timestamptz[])) END AS passed,
       min(called_at) AS oldest
FROM tracking.activities
WHERE account_id = ANY (CAST(:account_ids AS bigint[]))
GROUP BY 1, 2
