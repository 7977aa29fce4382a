-- name: update_apart(partitions)
-- Lets updates of these partitions move rows to pages at their end instead of filling old ones; see
-- `redaction.update_apart`.
SELECT redaction.update_apart(CAST(:partitions AS text[]))
