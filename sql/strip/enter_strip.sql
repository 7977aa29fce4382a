-- name: enter_strip(account_id, run_id)
-- Enters the gate of every strip: no hold is placed and no pause begins until this transaction has ended. Fails while
-- redaction is paused.
SELECT redaction.enter_strip(:account_id, :run_id)
