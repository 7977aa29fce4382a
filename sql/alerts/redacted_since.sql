-- name: redacted_since(since)
-- Counts by account what runs have redacted that ended since an instant.
SELECT account_id, sum(stripped_count)::bigint AS redacted FROM redaction.runs
WHERE finished_at >= :since AND state = 'succeeded' GROUP BY account_id
