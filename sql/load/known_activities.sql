-- name: known_activities(accounts, ids)
-- Returns the positions of the existing ones, redacted or not, in a list of activities (account and id in parallel).
-- The lists come as array literals, which the server reads in a tenth of the time of a list of constants.
SELECT coalesce(array_agg(asked.place), '{}') AS places
FROM unnest(CAST(CAST(:accounts AS text) AS bigint[]), CAST(CAST(:ids AS text) AS bigint[]))
    WITH ORDINALITY AS asked (account_id, id, place)
CROSS JOIN LATERAL (
    -- The OFFSET keeps this as a look-up by key for each row, whatever the planner believes of the table.
    SELECT FROM tracking.activity_identity
    WHERE account_id = asked.account_id AND id = asked.id
    OFFSET 0
) i
