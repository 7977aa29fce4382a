-- name: count_recordings_due(run_id, recordings_cutoff)
-- Records for a run its cutoff for recordings, and how many activities are due for it: those that the run does not
-- redact whole and no hold keeps.
UPDATE redaction.runs r
SET recordings_cutoff = :recordings_cutoff,
    recordings_due = (
        SELECT coalesce(sum(d.due), 0) FROM redaction.list_recordings_due(r.account_id, r.cutoff, :recordings_cutoff) d
    )
WHERE r.id = :run_id
