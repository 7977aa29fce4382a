-- name: hold_activities(hold_id, account_id, ids)
-- Makes a hold keep some activities.
INSERT INTO redaction.held_activities (account_id, activity_id, hold_id)
SELECT DISTINCT CAST(:account_id AS bigint), u.id, CAST(:hold_id AS bigint) FROM unnest(CAST(:ids AS bigint[])) AS u (id)
