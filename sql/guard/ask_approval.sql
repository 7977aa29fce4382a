-- name: ask_approval(run_id, factor, runs, first, least)
-- Has a run wait for a person if it is to strip more than `factor` times the median of what the last `runs` succeeded
-- automatic runs of its account did, and more than `least`; the first run of an account if more than `first`. Returns what
-- is explained (activities), nothing if that is enough.
INSERT INTO redaction.approvals (run_id, explained)
SELECT r.id, e.explained
FROM redaction.runs r CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) = 0 THEN CAST(:first AS bigint) ELSE greatest(
               CAST(:least AS bigint),
               CAST(floor(CAST(:factor AS double precision) * percentile_cont(0.5) WITHIN GROUP (ORDER BY l.stripped_count)) AS bigint)
           ) END AS explained
    FROM (
        SELECT p.stripped_count FROM redaction.runs p
        WHERE p.account_id = r.account_id AND p.id <> r.id AND p.kind <> 'manual' AND p.state = 'succeeded'
        ORDER BY p.id DESC LIMIT :runs
    ) l
) e
WHERE r.id = :run_id AND r.kind = 'automatic' AND r.due_count > e.explained
ON CONFLICT DO NOTHING
RETURNING explained
