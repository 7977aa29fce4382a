-- name: strip_batch(run_id, account_id, cutoff, starts, ends, position_id, batch_size)
-- Strips the next rows of the run's set after a position, all personal columns at once, and moves the position in the
-- same transaction. A row that is no longer aged by the time it is locked is left alone. What the recordings were
-- called is kept until they are deleted; which rows name their own caller in retained text is noted by id.
-- Returns the next position (NULL at the end of the set) and the number of rows stripped.
-- Only rows within the given bounds are looked at: the others are rewritten with their partitions.
WITH batch AS MATERIALIZED (
    SELECT r.activity_id, r.called_at
    FROM redaction.run_activities r
    WHERE r.run_id = :run_id AND r.activity_id > :position_id AND EXISTS (
        SELECT FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS within (starts, ends)
        WHERE r.called_at >= within.starts AND r.called_at < within.ends
    )
    ORDER BY r.activity_id
    LIMIT :batch_size
), locked AS MATERIALIZED (
    SELECT a.called_at, a.id, a.recording_url,
           {% include "redact/_retained_row.sql" %} AS retained_digest,
           {% include "redact/_names_its_caller.sql" %} AS names_its_caller
    FROM batch b
    JOIN tracking.activities a ON a.account_id = :account_id AND a.called_at = b.called_at AND a.id = b.activity_id
    WHERE {% include "redact/_aged.sql" %}
    ORDER BY a.id
    FOR NO KEY UPDATE OF a
), stripped AS (
    UPDATE tracking.activities a
    SET {% for column in personal %}{{ column }} = NULL, {% endfor %}

        redacted_at = now(), redaction_run_id = :run_id
    FROM locked l
    WHERE a.account_id = :account_id AND a.called_at = l.called_at AND a.id = l.id
    RETURNING 1
), recordings AS (
    INSERT INTO redaction.recordings_due (account_id, activity_id, url)
    SELECT :account_id, id, recording_url FROM locked WHERE recording_url IS NOT NULL
), findings AS (
    INSERT INTO redaction.run_findings (run_id, activity_id)
    SELECT :run_id, id FROM locked WHERE names_its_caller
    ON CONFLICT DO NOTHING
), advance AS (
    UPDATE redaction.runs
    SET stripped_count = stripped_count + (SELECT count(*) FROM stripped),
        stripped_digest = stripped_digest + (SELECT coalesce(sum(retained_digest), 0) FROM locked),
        position_id = (SELECT max(activity_id) FROM batch)
    WHERE id = :run_id AND EXISTS (SELECT FROM batch)
)
SELECT (SELECT max(activity_id) FROM batch) AS position_id,
       (SELECT count(*) FROM stripped) AS stripped
