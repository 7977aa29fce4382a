-- name: restore_holds(facts)
-- Restores the holds of some ledger rows (an array of objects: facts, account_id, actor, reason, written_at), each
-- under its own id. The ledger does not name a contact, so a hold on a contact keeps its whole account until it is
-- placed again. Returns the ids of these.
WITH recorded AS MATERIALIZED (
    SELECT CAST(e.facts ->> 'hold_id' AS bigint) AS id, e.account_id, e.facts ->> 'scope' AS scope, e.facts -> 'ids' AS ids,
           e.reason, e.actor, e.written_at, CAST(e.facts ->> 'until' AS timestamptz) AS expires_at
    FROM jsonb_to_recordset(CAST(:facts AS jsonb))
        AS e (facts jsonb, account_id bigint, actor text, reason text, written_at timestamptz)
), back AS (
    INSERT INTO redaction.holds (id, account_id, scope, reason, placed_by, placed_at, expires_at)
    SELECT id, account_id, CASE scope WHEN 'contact' THEN 'account' ELSE scope END, reason, actor,
           least(written_at, expires_at - interval '1 second'), expires_at
    FROM recorded
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), kept AS (
    INSERT INTO redaction.held_activities (account_id, activity_id, hold_id)
    SELECT t.account_id, CAST(i.id AS bigint), t.id
    FROM recorded t CROSS JOIN LATERAL jsonb_array_elements_text(t.ids) AS i (id)
    ON CONFLICT DO NOTHING
)
SELECT t.id FROM recorded t JOIN back b ON b.id = t.id WHERE t.scope = 'contact' ORDER BY t.id
