-- name: keeps_from_closing(account_id)
-- Returns what blocks the closing of an account: activities that are not redacted, and objects that are still due.
SELECT k.activities, k.objects FROM redaction.keeps_from_closing(:account_id) k
