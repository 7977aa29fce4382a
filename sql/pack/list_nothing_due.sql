-- name: list_nothing_due(account_ids, since, until)
-- Returns the runs of some accounts that found nothing due in a period, latest first: account, cutoff, time.
SELECT account_id, cutoff, finished_at
FROM redaction.runs
WHERE account_id = ANY (CAST(:account_ids AS bigint[])) AND state = 'nothing_due'
  AND finished_at >= :since AND finished_at < :until
ORDER BY finished_at DESC, id DESC
