-- name: come_in_redacted(accounts, ids)
-- Marks as redacted those of some activities that this transaction has inserted without a personal value, as the source has
-- redacted them; returns how many.
SELECT tracking.come_in_redacted(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS marked
