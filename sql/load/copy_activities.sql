-- name: copy_activities()
-- Copies activities that are not there yet into the table; the columns are those of the catalog without state.
COPY tracking.activities ({{ copied | join(", ") }}) FROM STDIN (FORMAT binary)
