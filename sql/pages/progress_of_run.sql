-- name: progress_of_run(run_key, account_id)
-- Returns the run that was begun under a key, if it belongs to the account; `waits`: for approval.
SELECT r.id, r.state, r.due_count, r.stripped_count, r.failed_step, r.failure, EXISTS (
           SELECT FROM redaction.approvals q WHERE q.run_id = r.id AND q.approved IS NULL
       ) AS waits
FROM redaction.runs r WHERE r.run_key = :run_key AND r.account_id = :account_id
