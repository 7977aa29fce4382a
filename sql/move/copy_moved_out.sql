-- name: copy_moved_out(account_id, start, end, run_id)
-- Copies the activities of a week out, with all columns; redacted ones belong to the run of the move from now on, but
-- those whose objects wait for a run.
COPY (
    SELECT {{ (keys + retained + personal) | join(", ") }}, redacted_at,
           CASE WHEN redacted_at IS NOT NULL AND NOT {% include "select/_waits_at_source.sql" %} THEN CAST(:run_id AS bigint) END AS redaction_run_id
    FROM tracking.activities a
    WHERE account_id = :account_id AND called_at >= :start AND called_at < :end
) TO STDOUT (FORMAT binary)
