-- name: kept_by_hold()
-- Returns how many rows of this transaction's update kept personal values because they are held, and how many of those
-- were still written, because something else of them changed.
SELECT CAST(coalesce(nullif(current_setting('redaction.kept', true), ''), '0') AS bigint) AS kept,
       CAST(coalesce(nullif(current_setting('redaction.kept_and_written', true), ''), '0') AS bigint) AS written
