-- name: take_again(accounts, ids)
-- Takes the recordings again of newly inserted activities whose recording the clock had taken before.
SELECT tracking.take_again(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS taken
