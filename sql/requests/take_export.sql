-- name: take_export(id, taken_by)
-- Gives a file that is whole to who has made it, once: whoever comes second gets no row. Airflow and the operating system may
-- spell one person's name in different cases.
UPDATE redaction.request_exports SET fetched_at = clock_timestamp()
WHERE id = :id AND ready AND fetched_at IS NULL AND deleted_at IS NULL AND expires_at > clock_timestamp()
  AND lower(btrim(made_by)) = lower(btrim(:taken_by))
RETURNING request_id, name, activities
