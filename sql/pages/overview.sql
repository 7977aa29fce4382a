-- name: overview(account_ids, cutoffs, missed, most)
-- Returns how some accounts stand: activities due at the cutoff of each (counted up to `most`), those that the run of
-- `missed` should have taken, the oldest one, holds in force, the last run: a
-- request that was refused has begun nothing and is none.
WITH holds AS (
    SELECT h.account_id, count(*) AS holds FROM redaction.holds h WHERE h.released_at IS NULL GROUP BY h.account_id
)
SELECT t.account_id, t.oldest, t.due_since, t.due, t.overdue, coalesce(h.holds, 0) AS holds,
       r.id AS run_id, r.run_key, r.state AS run_state, r.started_at AS run_at, r.erasure_level AS level
FROM redaction.list_standings(
    CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[]), CAST(:missed AS timestamptz[]), :most
) t
LEFT JOIN holds h USING (account_id)
LEFT JOIN LATERAL (
    SELECT r.id, r.run_key, r.state, r.erasure_level, r.started_at
    FROM redaction.runs r WHERE r.account_id = t.account_id AND r.state <> 'refused' ORDER BY r.id DESC LIMIT 1
) r ON true
