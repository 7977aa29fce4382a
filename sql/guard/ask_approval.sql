-- name: ask_approval(run_id, factor, runs, first, least, latest)
-- Has a run wait for a person if it is to strip more than `factor` times the median of what the last `runs` succeeded
-- automatic runs of its account did, and more than `least`; the first run of an account if more than `first`. A run whose
-- cutoff is before `latest`, that of the latest run due (NULL: not known), is asked for all that is due at that one: else a
-- backlog could be taken in slices, none of which asks. Returns what is explained (activities), nothing if that is enough.
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
WHERE r.id = :run_id AND r.kind = 'automatic' AND CASE
    WHEN r.due_count > e.explained THEN true
    WHEN r.due_count > 0 AND CAST(:latest AS timestamptz) > r.cutoff THEN EXISTS (
        SELECT FROM redaction.list_standings(
            ARRAY[r.account_id], ARRAY[CAST(:latest AS timestamptz)], ARRAY[CAST(:latest AS timestamptz)],
            CAST(least(e.explained, 2000000000) AS integer) + 1
        ) s
        WHERE s.due > e.explained
    )
    ELSE false END
ON CONFLICT DO NOTHING
RETURNING explained
