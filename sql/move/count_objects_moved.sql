-- name: count_objects_moved(account_id, run_id)
-- Makes the run of a move count the due objects that came along, by the reason why they still exist.
UPDATE redaction.runs r
SET objects = redaction.add_counts(
    '{"deleted": 0, "not_found": 0, "kept": 0, "remains": 0, "elsewhere": 0}',
    coalesce(
        (SELECT jsonb_object_agg(o.outcome, o.objects)
         FROM (SELECT outcome, count(*) AS objects FROM tracking.objects
               WHERE account_id = :account_id AND run_id = :run_id AND outcome IS NOT NULL GROUP BY outcome) o),
        '{}'
    )
)
WHERE r.account_id = :account_id AND r.id = :run_id
