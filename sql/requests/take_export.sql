-- name: take_export(id, taken_by)
-- Gives a file that is whole to who has made it: until it is given in full or returned, whoever comes second gets no row.
-- Airflow and the operating system may spell one person's name in different cases.
UPDATE redaction.request_exports SET ready = false
WHERE id = :id AND ready AND fetched_at IS NULL AND deleted_at IS NULL AND expires_at > clock_timestamp()
  AND lower(btrim(made_by)) = lower(btrim(:taken_by))
RETURNING id, request_id, name, activities
