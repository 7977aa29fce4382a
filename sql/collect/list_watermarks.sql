-- name: list_watermarks()
-- Returns before which day everything of each account was fetched from the API of its source, and when it was asked last.
SELECT account_id, complete_before, collected_at FROM redaction.watermarks ORDER BY account_id
