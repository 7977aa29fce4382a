-- name: may_have_stripped(accounts)
-- Says whether an activity of some accounts may have been redacted since this transaction began: true while a run is at
-- work.
SELECT tracking.may_have_stripped(CAST(:accounts AS bigint[])) AS stripped
