-- name: read_watermark(account_id)
-- Returns the day before which everything of an account was fetched from the API of its source; no row if nothing was.
SELECT complete_before, collected_at FROM redaction.watermarks WHERE account_id = :account_id
