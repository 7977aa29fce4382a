-- name: list_hindrances(account_id)
-- Says what has to be done before an account may leave: runs that have not ended, recordings that are to be deleted.
SELECT (SELECT count(*) FROM redaction.runs
        WHERE account_id = :account_id AND state NOT IN ('succeeded', 'refused', 'abandoned')) AS runs,
       (SELECT count(*) FROM redaction.recordings_due WHERE account_id = :account_id) AS recordings
