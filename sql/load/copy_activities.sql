-- name: copy_activities()
-- Copies new activities into the table; the columns are those of the catalog without state.
COPY tracking.activities ({{ copied | join(", ") }}) FROM STDIN (FORMAT binary)
