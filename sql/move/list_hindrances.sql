-- name: list_hindrances(account_id)
-- Returns what must end before an account may leave: unfinished runs. Due objects move with it.
SELECT (SELECT count(*) FROM redaction.runs
        WHERE account_id = :account_id AND state NOT IN ('succeeded', 'refused', 'abandoned', 'nothing_due')) AS runs
