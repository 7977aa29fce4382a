-- name: take_again(accounts, ids)
-- Takes the recordings again of activities that were inserted anew, where the clock has taken them before.
SELECT tracking.take_again(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS taken
