-- name: empty_own_report()
-- Empties the report by an operator's fields, files and all: other fields are retained from now on.
TRUNCATE reporting.activity_by_own_field
