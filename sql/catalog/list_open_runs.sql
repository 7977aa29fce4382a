-- name: list_open_runs()
-- Returns the runs that are under way: what they have begun by one catalog is not ended by another.
SELECT id, account_id FROM redaction.runs WHERE finished_at IS NULL ORDER BY id
