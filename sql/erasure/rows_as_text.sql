-- name: rows_as_text(relation, first, last)
-- Returns the living rows between two blocks of a table as one text in the server's own encoding, NULL if there is
-- none.
COPY (
    SELECT convert_to(redaction.rows_as_text(CAST(:relation AS regclass), :first, :last), getdatabaseencoding())
) TO STDOUT (FORMAT binary)
