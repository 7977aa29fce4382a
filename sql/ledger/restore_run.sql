-- name: restore_run(run_id, account_id, cutoff, requested_by, reason, started_at, facts)
-- Restores the record of a run from the ledger, without its set; the set is redone by another run, or not at all.
INSERT INTO redaction.runs (
    id, account_id, kind, trigger, cutoff, requested_by, reason, started_at, finished_at, state, erasure_level,
    due_count, stripped_count, by_kind, by_category, objects, validation, recordings_cutoff, recordings_due, recordings_taken
)
SELECT :run_id, :account_id, 'replay', 'replay', :cutoff, :requested_by, :reason, :started_at,
       CAST(f.facts ->> 'finished_at' AS timestamptz), 'succeeded', 'L0', CAST(f.facts ->> 'due_count' AS bigint),
       CAST(f.facts ->> 'stripped_count' AS bigint), f.facts -> 'by_kind', f.facts -> 'by_category',
       coalesce(f.facts -> 'objects', jsonb_build_object('deleted', f.facts -> 'recordings_deleted')), f.facts -> 'validation',
       CAST(f.facts ->> 'recordings_cutoff' AS timestamptz), coalesce(CAST(f.facts ->> 'recordings_due' AS bigint), 0),
       coalesce(CAST(f.facts ->> 'recordings_taken' AS bigint), 0)
FROM (SELECT CAST(:facts AS jsonb)) AS f (facts)
ON CONFLICT (id) DO UPDATE
SET kind = excluded.kind, state = excluded.state, finished_at = excluded.finished_at, due_count = excluded.due_count,
    stripped_count = excluded.stripped_count, by_kind = excluded.by_kind, by_category = excluded.by_category,
    objects = excluded.objects, validation = excluded.validation, recordings_taken = excluded.recordings_taken, failed_step = NULL, failure = NULL, failure_said = NULL
WHERE runs.started_at = excluded.started_at AND runs.state <> 'succeeded'
