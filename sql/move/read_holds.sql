-- name: read_holds(account_id)
-- Returns the holds in force of an account with what they keep. That includes a contact's number or address, so the
-- result goes only to the account's new placement.
SELECT h.id, h.scope, h.reason, h.placed_by, h.expires_at,
       ARRAY(SELECT a.activity_id FROM redaction.held_activities a
             WHERE a.account_id = h.account_id AND a.hold_id = h.id ORDER BY 1) AS activity_ids,
       ARRAY(SELECT c.contact_key FROM tracking.held_contacts c
             WHERE c.account_id = h.account_id AND c.hold_id = h.id ORDER BY 1) AS contact_keys
FROM redaction.holds h WHERE h.account_id = :account_id AND h.released_at IS NULL ORDER BY h.id
