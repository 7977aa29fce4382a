-- name: take_export(id, taken_by)
-- Gives a complete file to the person who has made it: until it is sent in full or returned, a second request gets no
-- row. Airflow and the operating system may spell one person's name in different cases.
UPDATE redaction.request_exports SET ready = false
WHERE id = :id AND ready AND fetched_at IS NULL AND deleted_at IS NULL AND expires_at > clock_timestamp()
  AND lower(btrim(made_by)) = lower(btrim(:taken_by))
RETURNING id, request_id, name, activities
