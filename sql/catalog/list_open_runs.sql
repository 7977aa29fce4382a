-- name: list_open_runs()
-- Returns the runs under way: a run must finish with the catalog that it started with.
SELECT id, account_id FROM redaction.runs WHERE finished_at IS NULL ORDER BY id
