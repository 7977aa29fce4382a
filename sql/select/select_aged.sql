-- name: select_aged(run_id, account_id, cutoff, batch_size)
-- Fixes the set of a run, every aged activity of the account at this moment, in batches; returns their number.
SELECT redaction.select_aged(:run_id, :account_id, :cutoff, :batch_size) AS due_count
