-- name: open_approvals()
-- Returns by account the runs that wait for approval, and since when the first does.
SELECT r.account_id, count(*) AS found, min(q.asked_at) AS since
FROM redaction.approvals q JOIN redaction.runs r ON r.id = q.run_id
WHERE q.approved IS NULL AND r.state IN ('selected', 'failed') GROUP BY r.account_id ORDER BY r.account_id
