-- name: rows_as_text(relation, first, last)
-- Returns the living rows between two blocks of a table as one text, NULL if there is none.
SELECT redaction.rows_as_text(CAST(:relation AS regclass), :first, :last) AS content
