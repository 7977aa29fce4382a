-- name: come_in_redacted(accounts, ids, runs)
-- Marks as redacted those of some activities that this transaction has inserted without a personal value: the source
-- has redacted them, or a run (else NULL) had, and their row was gone. Returns their number.
SELECT tracking.come_in_redacted(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[]), CAST(:runs AS bigint[])) AS marked
