-- name: ask_approval(run_id, factor, runs, first, least, latest)
-- Makes a run wait for approval if it strips more than `factor` times the median of the last `runs` succeeded automatic
-- runs of its account, and more than `least`; the first run of an account if more than `first`. The stricter of these
-- limits and the stored ones (`record_limits`) applies, and no more is explained than in an earlier question that
-- nobody has approved, about this set or since. Work that could be split into small runs counts as a whole: what is due
-- at `latest`, the cutoff of the latest run due (NULL: unknown); what runs of the same cutoff have stripped unasked;
-- and, for the limits, activities under holds that were placed in the last 30 days and since the last approval. Returns
-- the explained number (activities); no row if the run may go on.
INSERT INTO redaction.approvals (run_id, explained)
SELECT r.id, e.explained
FROM (
    SELECT r.id, r.account_id, r.cutoff, r.due_count, greatest(r.cutoff, CAST(:latest AS timestamptz)) AS until, (
               SELECT coalesce(sum(p.stripped_count), 0) FROM redaction.runs p
               WHERE p.account_id = r.account_id AND p.id <> r.id AND p.cutoff = r.cutoff AND p.kind = 'automatic'
                 AND NOT EXISTS (SELECT FROM redaction.approvals q WHERE q.run_id = p.id AND q.approved)
           ) AS stripped, ARRAY(
               SELECT h.id FROM redaction.holds h
               WHERE h.account_id = r.account_id AND h.released_at IS NULL AND h.placed_at > now() - interval '30 days'
                 AND NOT EXISTS (
                     SELECT FROM redaction.runs p JOIN redaction.approvals q ON q.run_id = p.id
                     WHERE p.account_id = r.account_id AND q.ground = 'guard' AND q.approved AND q.decided_at > h.placed_at
                 )
           ) AS new_holds
    FROM redaction.runs r
    WHERE r.id = :run_id AND r.kind = 'automatic' AND r.due_count > 0
) r
CROSS JOIN LATERAL (
    SELECT min(
               CASE WHEN h.runs = 0 THEN l.first ELSE greatest(l.least, CAST(floor(l.factor * h.median) AS bigint)) END
           ) AS most
    FROM {% include "guard/_limits.sql" %}

    CROSS JOIN (VALUES (false), (true)) AS w (others)  -- parts of one: they explain nothing
    CROSS JOIN LATERAL (
        SELECT count(*) AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.stripped_count) AS median
        FROM (
            SELECT p.stripped_count FROM redaction.runs p
            WHERE p.account_id = r.account_id AND p.id <> r.id AND (p.cutoff <> r.cutoff OR NOT w.others)
              AND p.kind NOT IN ('manual', 'source', 'closing') AND p.state IN ('succeeded', 'nothing_due')
              -- A run for the clock alone says nothing about whole activities.
              AND (p.recordings_cutoff IS NULL OR p.stripped_count > 0)
            ORDER BY p.id DESC LIMIT l.runs
        ) p
    ) h
) l
CROSS JOIN LATERAL (
    SELECT least(l.most, min(q.explained)) AS explained
    FROM redaction.runs p JOIN redaction.approvals q ON q.run_id = p.id
    WHERE p.account_id = r.account_id AND p.id <> r.id AND q.ground = 'guard' AND q.approved IS NOT TRUE AND NOT EXISTS (
        SELECT FROM redaction.runs s JOIN redaction.approvals y ON y.run_id = s.id
        WHERE s.account_id = r.account_id AND s.id > p.id AND s.cutoff >= p.cutoff AND y.ground = 'guard' AND y.approved
    )
) e
CROSS JOIN LATERAL (
    SELECT r.stripped + CASE WHEN r.until = r.cutoff OR r.due_count > e.explained THEN r.due_count ELSE (
               SELECT s.due FROM redaction.list_account_status(
                   ARRAY[r.account_id], ARRAY[r.until], ARRAY[r.until], CAST(least(e.explained, 2000000000) AS integer) + 1
               ) s
           ) END AS due, CASE WHEN r.new_holds = '{}' THEN 0 ELSE (
               SELECT redaction.count_kept_by(r.account_id, r.until, r.new_holds)
           ) END AS held
) w
WHERE w.due > e.explained OR w.due + w.held > l.most
ON CONFLICT DO NOTHING
RETURNING explained
