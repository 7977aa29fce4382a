-- name: end_closing(account_id)
-- Ends the closing of an account if nothing of it is left; returns whether it did.
SELECT redaction.end_closing(:account_id) AS closed
