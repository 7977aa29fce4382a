-- name: progress_of_run(run_key, account_id)
-- Returns the run that was begun under a key, if it is one of the account.
SELECT id, state, due_count, stripped_count FROM redaction.runs WHERE run_key = :run_key AND account_id = :account_id
