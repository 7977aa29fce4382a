-- name: undecided_texts()
-- Counts, by account, the retained texts that may name somebody and on which nobody has decided.
SELECT account_id, count(*) AS found FROM redaction.undecided_texts GROUP BY account_id ORDER BY account_id
