-- name: open_downstream()
-- Returns by account what systems outside have received and nobody has marked as erased there, and since when.
SELECT d.account_id, count(*) AS found, min(d.listed_at) AS since
FROM redaction.downstream d JOIN redaction.runs r ON r.id = d.run_id
WHERE d.done_at IS NULL AND r.stripped_count > 0 GROUP BY d.account_id ORDER BY d.account_id
