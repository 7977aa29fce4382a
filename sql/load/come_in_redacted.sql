-- name: come_in_redacted(accounts, ids)
-- Marks as redacted those of some activities that this transaction has inserted without a personal value, because the
-- source has redacted them; returns their number.
SELECT tracking.come_in_redacted(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS marked
