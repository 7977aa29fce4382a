-- name: ask_about_recordings(run_id, factor, runs, first, least, latest)
-- Makes a run wait for approval if its clock takes the recordings of more than `factor` times the median of the last
-- `runs` of its account with a clock, and of more than `least` activities; the first one if of more than `first`. The
-- stricter of these limits and the stored ones (`record_limits`) applies. Everything due at `latest`, the latest cutoff
-- of the clock, counts: an earlier cutoff would be a part of it. Returns the explained number; no row if the run may go
-- on.
INSERT INTO redaction.approvals (run_id, explained)
SELECT r.id, e.most
FROM redaction.runs r
CROSS JOIN LATERAL (
    SELECT min(
               CASE WHEN h.runs = 0 THEN l.first ELSE greatest(l.least, CAST(floor(l.factor * h.median) AS bigint)) END
           ) AS most
    FROM {% include "guard/_limits.sql" %}

    CROSS JOIN LATERAL (
        SELECT count(*) AS runs, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.recordings_taken) AS median
        FROM (
            SELECT p.recordings_taken FROM redaction.runs p
            WHERE p.account_id = r.account_id AND p.id <> r.id AND p.recordings_cutoff IS NOT NULL
              AND p.state IN ('succeeded', 'nothing_due')
              AND p.recordings_cutoff <> r.recordings_cutoff
            ORDER BY p.id DESC LIMIT l.runs
        ) p
    ) h
) e
CROSS JOIN LATERAL (
    SELECT CASE WHEN CAST(:latest AS timestamptz) > r.recordings_cutoff THEN (
               SELECT coalesce(sum(d.due), 0) FROM redaction.list_recordings_due(r.account_id, r.cutoff, :latest) d
           ) ELSE r.recordings_due END AS due
) w
WHERE r.id = :run_id AND r.kind = 'automatic' AND r.recordings_due > 0 AND w.due > e.most
ON CONFLICT DO NOTHING
RETURNING explained
