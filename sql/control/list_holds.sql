-- name: list_holds(account_id)
-- Returns the holds of an account (NULL: of all), the newest first, with the activities that each names; of a contact only
-- that one is held.
SELECT h.id, h.account_id, h.scope, h.reason, h.placed_by, h.placed_at, h.released_by, h.released_at,
       ARRAY(SELECT a.activity_id FROM redaction.held_activities a WHERE a.hold_id = h.id ORDER BY 1) AS activity_ids
FROM redaction.holds h
WHERE CAST(:account_id AS bigint) IS NULL OR h.account_id = :account_id
ORDER BY h.id DESC
