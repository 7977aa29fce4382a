-- name: count_objects_left(account_id, run_id)
-- Returns how many objects of a run are still due, by outcome (NULL: not tried yet), store and place. They include
-- objects of redacted activities that the run has not reached yet, although nothing has marked them as due. These are
-- only searched while its step is not done, since that takes a look-up for each activity.
WITH unmarked AS MATERIALIZED (
    SELECT r.id AS run_id, u.id
    FROM redaction.runs r
    JOIN redaction.run_batches b ON b.run_id = r.id
    CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)
    WHERE r.id = :run_id AND r.account_id = :account_id AND r.stripped_count > 0
      AND (r.seconds -> 'objects' IS NULL OR r.state NOT IN ('erased', 'validated', 'succeeded'))
), counted AS (
    SELECT o.outcome, o.store, o.place, o.until
    FROM tracking.objects o WHERE o.account_id = :account_id AND o.run_id = :run_id AND o.due_since IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, NULL, NULL
    FROM unmarked u
    CROSS JOIN LATERAL (
        -- The OFFSETs keep these as look-ups by key.
        SELECT id FROM tracking.objects
        WHERE account_id = :account_id AND activity_id = u.id AND due_since IS NULL OFFSET 0
    ) o
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT redaction_run_id FROM tracking.activities
        WHERE account_id = :account_id AND called_at = i.called_at AND id = u.id OFFSET 0
    ) a
    WHERE a.redaction_run_id = u.run_id
)
SELECT c.outcome, c.store, c.place, count(*) AS objects, min(c.until) AS until
FROM counted c GROUP BY c.outcome, c.store, c.place ORDER BY 1, 2, 3
