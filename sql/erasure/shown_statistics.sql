-- name: shown_statistics()
-- Returns what the planner's statistics show of our tables, as text in the server's own encoding.
COPY (SELECT redaction.shown_statistics()) TO STDOUT (FORMAT binary)
