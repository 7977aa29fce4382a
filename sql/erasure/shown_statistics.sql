-- name: shown_statistics()
-- Returns the content of the planner's statistics about our tables, as text in the server's own encoding.
COPY (SELECT redaction.shown_statistics()) TO STDOUT (FORMAT binary)
