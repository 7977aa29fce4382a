-- name: last_redactions(account_ids)
-- Returns the last run of each of some accounts that has redacted something and succeeded.
SELECT a.account_id, r.id AS run_id, r.finished_at, r.stripped_count
FROM unnest(CAST(:account_ids AS bigint[])) AS a (account_id)
CROSS JOIN LATERAL (
    SELECT r.id, r.finished_at, r.stripped_count FROM redaction.runs r
    WHERE r.account_id = a.account_id AND r.state = 'succeeded' AND r.stripped_count > 0 ORDER BY r.id DESC LIMIT 1
) r
