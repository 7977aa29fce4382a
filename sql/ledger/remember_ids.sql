-- name: remember_ids(account_id, run_id, ids)
-- Remembers those of some redacted activities that are missing here, in case they are sent again. Returns their number.
INSERT INTO redaction.forgotten (account_id, activity_id, run_id)
SELECT CAST(:account_id AS bigint), u.id, CAST(:run_id AS bigint)
FROM (SELECT DISTINCT id FROM unnest(CAST(:ids AS bigint[])) AS u (id)) u
WHERE NOT EXISTS (
    SELECT FROM tracking.activity_identity i WHERE i.account_id = CAST(:account_id AS bigint) AND i.id = u.id
)
ON CONFLICT DO NOTHING
