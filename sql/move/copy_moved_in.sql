-- name: copy_moved_in()
-- Copies the activities of a week in, with all columns.
COPY tracking.activities ({{ (keys + retained + personal) | join(", ") }}, redacted_at, redaction_run_id)
FROM STDIN (FORMAT binary)
