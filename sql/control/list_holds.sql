-- name: list_holds(account_id)
-- Returns the holds of an account (NULL: of all), newest first, with the activities that each names, and how many
-- unredacted ones it keeps while in force. It returns no number or address of a contact.
SELECT h.id, h.account_id, h.scope, h.reason, h.placed_by, h.placed_at, h.released_by, h.released_at, h.expires_at,
       ARRAY(SELECT a.activity_id FROM redaction.held_activities a WHERE a.hold_id = h.id ORDER BY 1) AS activity_ids,
       CASE
           WHEN h.released_at IS NOT NULL THEN 0
           WHEN h.scope = 'account' THEN (
               SELECT count(*) FROM tracking.activities a WHERE a.account_id = h.account_id AND a.redacted_at IS NULL
           )
           WHEN h.scope = 'activity' THEN (
               SELECT count(*) FROM redaction.held_activities d
               JOIN tracking.activity_identity i ON i.account_id = h.account_id AND i.id = d.activity_id
               JOIN tracking.activities a ON a.account_id = h.account_id AND a.called_at = i.called_at AND a.id = i.id
               WHERE d.hold_id = h.id AND a.redacted_at IS NULL
           )
           ELSE (
               SELECT {% with account = "h.account_id", contact = "c.contact_key" %}{% include "control/_count_of_contact.sql" %}{% endwith %}

               FROM tracking.held_contacts c WHERE c.account_id = h.account_id AND c.hold_id = h.id
           ) + (
               -- What has come in redacted: only its objects are here.
               SELECT count(*) FROM redaction.held_activities d WHERE d.account_id = h.account_id AND d.hold_id = h.id
           )
       END AS activities
FROM redaction.holds h
WHERE CAST(:account_id AS bigint) IS NULL OR h.account_id = :account_id
ORDER BY h.id DESC
