-- name: known_activities(accounts, ids)
-- Returns those of some activities (account and id, side by side) that are there, redacted or not.
SELECT i.account_id, i.id
FROM unnest(CAST(:accounts AS bigint[]), CAST(:ids AS bigint[])) AS asked (account_id, id)
CROSS JOIN LATERAL (
    -- The OFFSET keeps this a look-up by key for each row, whatever the planner believes of the table.
    SELECT account_id, id FROM tracking.activity_identity
    WHERE account_id = asked.account_id AND id = asked.id
    OFFSET 0
) i
