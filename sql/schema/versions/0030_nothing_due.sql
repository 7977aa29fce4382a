-- name: 0030_nothing_due()
-- A run that found nothing due: it has ended with its selection, and there is one for each account and cutoff.
ALTER TABLE redaction.runs
    DROP CONSTRAINT runs_state_check,
    DROP CONSTRAINT runs_finished_is_over,
    ADD CONSTRAINT runs_state_check CHECK (state IN (
        'selected', 'stripped', 'erased', 'validated', 'succeeded', 'failed', 'refused', 'abandoned', 'nothing_due'
    )),
    ADD CONSTRAINT runs_finished_is_over CHECK (
        (state IN ('succeeded', 'failed', 'refused', 'abandoned', 'nothing_due')) = (finished_at IS NOT NULL)
    ),
    ADD CONSTRAINT runs_nothing_due_is_empty CHECK (
        state <> 'nothing_due'
        OR (kind = 'automatic' AND due_count = 0 AND stripped_count = 0 AND recordings_due = 0 AND recordings_taken = 0)
    );
CREATE UNIQUE INDEX runs_nothing_due_once ON redaction.runs (account_id, cutoff, recordings_cutoff) NULLS NOT DISTINCT
    WHERE state = 'nothing_due';
