-- name: claim_redacted(run_id)
-- Gives a run the activities of its set that had come in redacted: see `redaction.claim_redacted`. Returns their number.
SELECT redaction.claim_redacted(:run_id) AS claimed
