-- name: entries_of_run(run_id)
-- Returns the rows of the ledger that tell of a run, whatever became of it: its answer, its refusal, its redaction, and what
-- was erased in systems outside. A certificate goes by `find_entry` alone, which knows only the redaction.
SELECT position, kind, account_id, run_id, actor, reason, facts, written_at, previous_hash, hash
FROM redaction.ledger WHERE run_id = :run_id ORDER BY position
