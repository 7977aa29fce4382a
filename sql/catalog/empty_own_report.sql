-- name: empty_own_report()
-- Empties the report by an operator's fields, including its files: other fields are retained from now on.
TRUNCATE reporting.activity_by_own_field
