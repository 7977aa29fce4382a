-- name: may_have_stripped(accounts)
-- May an activity of some accounts have been redacted since this transaction began? True while a run is at work.
SELECT tracking.may_have_stripped(CAST(:accounts AS bigint[])) AS stripped
