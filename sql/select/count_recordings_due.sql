-- name: count_recordings_due(run_id, recordings_cutoff)
-- Notes in the record of a run up to when it takes recordings, and of how many activities that are due: those that it does
-- not redact whole and that no hold keeps.
UPDATE redaction.runs r
SET recordings_cutoff = :recordings_cutoff,
    recordings_due = (
        SELECT coalesce(sum(d.due), 0) FROM redaction.list_recordings_due(r.account_id, r.cutoff, :recordings_cutoff) d
    )
WHERE r.id = :run_id
