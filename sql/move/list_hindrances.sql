-- name: list_hindrances(account_id)
-- Says what has to be done before an account may leave: runs that have not ended. Objects that are due go along.
SELECT (SELECT count(*) FROM redaction.runs
        WHERE account_id = :account_id AND state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')) AS runs
