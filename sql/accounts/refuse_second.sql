-- name: refuse_second(account_id, agency_id, username, requested_by)
-- Returns the SQLSTATE of why a person cannot be the second one for a requester; NULL if they can.
SELECT redaction.refuse_second(
    CAST(:account_id AS bigint), CAST(:agency_id AS bigint), CAST(:username AS text), CAST(:requested_by AS text)
) AS state
