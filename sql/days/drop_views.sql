-- name: drop_views(days)
-- Drops the rows of who has looked at personal data that are older than some days, never less than thirty; returns how many.
SELECT redaction.drop_views(CAST(:days AS integer)) AS dropped
