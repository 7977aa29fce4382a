-- name: give_up_object(id)
-- Ends a due object: its address is forgotten, and its run counts it as given up. Returns the activity and account.
WITH gone AS (
    DELETE FROM tracking.objects WHERE id = :id AND due_since IS NOT NULL
    RETURNING *
), counted AS (
    UPDATE redaction.runs r
    SET objects = redaction.add_counts(
        r.objects,
        CASE WHEN g.outcome IS NULL THEN '{}' ELSE jsonb_build_object(g.outcome, -1) END || '{"given_up": 1}'
    )
    FROM gone g WHERE r.id = g.run_id
), settled AS (
    {% with forgotten = "gone" %}{% include "objects/_count_settled.sql" %}{% endwith %}
)
SELECT id, account_id, activity_id, run_id, outcome, reason, place, store, due_since, until, tries, tried_at FROM gone
