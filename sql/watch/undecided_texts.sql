-- name: undecided_texts()
-- Counts, by account, the retained texts that may name a person and wait for a decision.
SELECT account_id, count(*) AS found FROM redaction.undecided_texts GROUP BY account_id ORDER BY account_id
