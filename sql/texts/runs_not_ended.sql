-- name: runs_not_ended(account_id)
-- Returns the runs of an account that may still continue, failed ones too: they are validated by the texts that they
-- began with.
SELECT id FROM redaction.runs
WHERE account_id = :account_id AND state IN ('selected', 'stripped', 'erased', 'validated', 'failed') ORDER BY id
