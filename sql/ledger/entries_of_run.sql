-- name: entries_of_run(run_id)
-- Returns all ledger rows about a run: its answer, its refusal, its redaction, and what was erased in systems outside.
-- A certificate uses only `find_entry`, which knows only the redaction.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger WHERE run_id = :run_id ORDER BY position
