-- name: put_collect_failures(account_ids, said)
-- Keeps why some accounts were not fetched to their end; since when stays that of the first time in a row.
INSERT INTO redaction.collect_failures AS f (account_id, said)
SELECT u.account_id, :said FROM unnest(CAST(:account_ids AS bigint[])) AS u (account_id)
ON CONFLICT (account_id) DO UPDATE SET said = excluded.said, failed_at = clock_timestamp()
