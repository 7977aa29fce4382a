-- name: lock_accounts(accounts)
-- Lets one loader at a time upsert into an account, so that two with the same new activity do not collide.
SELECT pg_advisory_xact_lock(hashtext('tracking.activities'), hashtext(account::text))
FROM (SELECT account FROM unnest(CAST(:accounts AS bigint[])) AS account ORDER BY account OFFSET 0) ordered
