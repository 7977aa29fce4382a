-- name: release_hold(hold_id, released_by)
-- Ends a hold, and forgets what it held, also the number or address of a contact. Returns its account; no row if there
-- is no such hold in force.
WITH released AS (
    UPDATE redaction.holds SET released_by = :released_by, released_at = clock_timestamp()
    WHERE id = :hold_id AND released_at IS NULL
    RETURNING id, account_id
), activities AS (
    DELETE FROM redaction.held_activities h USING released r WHERE h.hold_id = r.id
), contacts AS (
    DELETE FROM tracking.held_contacts h USING released r WHERE h.hold_id = r.id
)
SELECT account_id FROM released
