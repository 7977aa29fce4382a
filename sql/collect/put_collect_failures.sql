-- name: put_collect_failures(account_ids, said)
-- Records why some accounts were not fetched to the end; `since` stays that of the first failure in a row.
INSERT INTO redaction.collect_failures AS f (account_id, said)
SELECT u.account_id, :said FROM unnest(CAST(:account_ids AS bigint[])) AS u (account_id)
ON CONFLICT (account_id) DO UPDATE SET said = excluded.said, failed_at = clock_timestamp()
