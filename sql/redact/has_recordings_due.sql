-- name: has_recordings_due(account_id)
-- Is any recording of an account listed for deletion, whether or not its activity is redacted by now?
SELECT EXISTS (SELECT FROM redaction.recordings_due WHERE account_id = :account_id) AS due
