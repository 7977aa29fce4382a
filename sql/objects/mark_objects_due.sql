-- name: mark_objects_due(account_id, run_id)
-- Marks as due the objects of the activities that a run has redacted, and of those that other runs of the account have
-- redacted without reaching their objects. The run that redacted an activity counts its objects; this run counts those
-- of an activity of its set whose row is gone. Returns the number of marked objects.
WITH runs AS MATERIALIZED (
    SELECT r.id FROM redaction.runs r
    WHERE r.account_id = :account_id AND (
        r.id = :run_id
        OR (r.stripped_count > 0 AND r.seconds -> 'objects' IS NULL AND r.state NOT IN ('succeeded', 'refused'))
    )
), waiting AS (
    -- Everything of an account that is closed goes.
    DELETE FROM tracking.redacted_at_source s USING redaction.runs r
    WHERE r.id = :run_id AND r.kind = 'closing' AND s.account_id = :account_id
    RETURNING s.activity_id
), ids AS MATERIALIZED (
    SELECT u.id
    FROM runs r JOIN redaction.run_batches b ON b.run_id = r.id CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    UNION
    SELECT activity_id FROM waiting
), due AS MATERIALIZED (
    SELECT o.id, a.redaction_run_id
    FROM ids u
    CROSS JOIN LATERAL (
        -- The OFFSETs keep these as look-ups by key, however long the planner believes an array to be.
        SELECT id FROM tracking.objects
        WHERE account_id = :account_id AND activity_id = u.id AND due_since IS NULL OFFSET 0
    ) o
    LEFT JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i ON true
    LEFT JOIN LATERAL (
        SELECT id, redacted_at, redaction_run_id FROM tracking.activities
        WHERE account_id = :account_id AND called_at = i.called_at AND id = u.id OFFSET 0
    ) a ON true
    WHERE a.id IS NULL OR a.redacted_at IS NOT NULL
)
UPDATE tracking.objects o
SET due_since = clock_timestamp(), run_id = coalesce(d.redaction_run_id, :run_id)
FROM due d WHERE o.account_id = :account_id AND o.id = d.id
