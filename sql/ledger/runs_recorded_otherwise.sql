-- name: runs_recorded_otherwise(run_id)
-- Returns the runs (NULL: of all of them) whose record differs from their ledger row, with the differing names. A row
-- that was removed here and outside may have been replaced, which the chain alone would not show. Facts that a row of
-- an earlier version lacks are not compared, and neither is a redone run, which was counted again.
WITH ledger_rows AS (
    SELECT l.run_id, l.position, l.kind, l.account_id, l.reason, l.facts
    FROM redaction.ledger l
    WHERE l.kind IN ('redaction', 'abandonment') AND l.run_id = coalesce(CAST(:run_id AS bigint), l.run_id)
), recorded AS (
    SELECT r.id AS run_id, r.account_id, t.position, t.facts || jsonb_build_object(
               'account_id', t.account_id, 'cutoff', CAST(t.facts ->> 'cutoff' AS timestamptz),
               'started_at', CAST(t.facts ->> 'started_at' AS timestamptz)
           ) || CASE WHEN t.kind = 'redaction' THEN jsonb_build_object('reason', t.reason) ELSE '{}' END AS facts,
           jsonb_build_object(
               'account_id', r.account_id, 'cutoff', r.cutoff, 'started_at', r.started_at, 'due_count', r.due_count,
               'stripped_count', r.stripped_count, 'recordings_taken', r.recordings_taken
           ) || CASE WHEN t.kind = 'redaction' THEN jsonb_build_object(
               'by_kind', r.by_kind, 'by_category', r.by_category, 'kind', r.kind, 'policy', r.policy,
               'requested_by', r.requested_by, 'reason', r.reason
           ) ELSE '{}' END AS record
    FROM ledger_rows t JOIN redaction.runs r ON r.id = t.run_id AND r.kind <> 'replay'
    -- Almost all are equal, which this comparison finds out fast.
    WHERE t.kind <> 'redaction' OR (
        t.account_id, t.reason, t.facts ->> 'kind', t.facts ->> 'policy', t.facts ->> 'requested_by',
        CAST(t.facts ->> 'due_count' AS bigint), CAST(t.facts ->> 'stripped_count' AS bigint), t.facts -> 'by_kind',
        t.facts -> 'by_category', CAST(t.facts ->> 'cutoff' AS timestamptz), CAST(t.facts ->> 'started_at' AS timestamptz),
        coalesce(CAST(t.facts ->> 'recordings_taken' AS bigint), 0)
    ) IS DISTINCT FROM (
        r.account_id, r.reason, r.kind, r.policy, r.requested_by, r.due_count, r.stripped_count, r.by_kind, r.by_category,
        r.cutoff, r.started_at, r.recordings_taken
    )
)
SELECT d.run_id, d.account_id, d.position, array_agg(f.key ORDER BY f.key) AS names
FROM recorded d CROSS JOIN LATERAL jsonb_each(d.record) f
WHERE d.facts ? f.key AND d.facts -> f.key <> f.value
GROUP BY d.run_id, d.account_id, d.position
ORDER BY d.run_id, d.position
