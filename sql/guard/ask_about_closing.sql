-- name: ask_about_closing(run_id)
-- Has a run that closes an account wait for a second administrator, unless one has said yes to the closing already: it then
-- takes what a hold had kept, or what came in between the question and the answer.
INSERT INTO redaction.approvals (run_id, explained, ground)
SELECT r.id, 0, 'two people'
FROM redaction.runs r JOIN tracking.accounts a ON a.id = r.account_id
WHERE r.id = :run_id AND r.kind = 'closing' AND a.closing_since IS NULL
