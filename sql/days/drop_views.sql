-- name: drop_views(days)
-- Drops the record of views of personal data that are older than some days, at least thirty; returns the number of
-- rows.
SELECT redaction.drop_views(CAST(:days AS integer)) AS dropped
