-- name: 0032_held_count()
-- A run that found nothing due says how many activities before its cutoff a legal hold keeps.
ALTER TABLE redaction.runs
    ADD COLUMN held_count bigint,
    ADD CONSTRAINT runs_held_count_is_of_nothing_due CHECK (held_count IS NULL OR (state = 'nothing_due' AND held_count >= 0));
