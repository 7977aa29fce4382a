-- name: lock_reports(account_id)
-- Lets one rebuild of an account run at a time: a second one would not see the rows that the first is writing.
SELECT pg_advisory_xact_lock(hashtext('reporting'), hashtext(CAST(:account_id AS text)))
