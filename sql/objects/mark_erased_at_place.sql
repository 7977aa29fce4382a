-- name: mark_erased_at_place(account_id, run_id, place)
-- Ends the objects of a run that are held at a place outside every store, after a person has marked them as erased
-- there: their addresses are forgotten. Returns their ids; the run counts them separately.
WITH gone AS (
    DELETE FROM tracking.objects
    WHERE account_id = :account_id AND run_id = :run_id AND due_since IS NOT NULL AND outcome = 'elsewhere' AND place = :place
    RETURNING id, account_id, activity_id
), counted AS (
    UPDATE redaction.runs r
    SET objects = redaction.add_counts(
        r.objects, jsonb_build_object('elsewhere', -g.objects, 'said_erased', g.objects)
    )
    FROM (SELECT count(*) AS objects FROM gone) g WHERE r.id = :run_id AND g.objects > 0
), settled AS (
    {% with forgotten = "gone" %}{% include "objects/_count_settled.sql" %}{% endwith %}
)
SELECT id FROM gone ORDER BY id
