-- name: overview(account_ids, cutoffs, missed, most)
-- Returns how some accounts stand, in one query: activities due at the cutoff of each (counted up to `most`), those that
-- the run of `missed` should have taken, the oldest one, holds in force, the last run. Each is read from an index.
SELECT t.account_id, o.oldest, d.due, v.overdue, h.holds,
       r.id AS run_id, r.run_key, r.state, r.erasure_level, r.started_at, r.stripped_count
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[]), CAST(:missed AS timestamptz[]))
    AS t (account_id, cutoff, missed)
CROSS JOIN LATERAL (
    SELECT (
        SELECT a.called_at FROM tracking.activities a
        WHERE a.account_id = t.account_id AND a.redacted_at IS NULL ORDER BY a.called_at LIMIT 1
    ) AS oldest
) o
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.oldest < t.cutoff THEN (
        SELECT count(*) FROM (
            SELECT FROM tracking.activities a
            WHERE a.account_id = t.account_id AND a.called_at < t.cutoff AND a.redacted_at IS NULL LIMIT :most
        ) l
    ) ELSE 0 END AS due
) d
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.oldest < t.missed THEN (
        SELECT count(*) FROM (
            SELECT FROM tracking.activities a
            WHERE a.account_id = t.account_id AND a.called_at < t.missed AND a.redacted_at IS NULL
              AND NOT {% with account = "t.account_id" %}{% include "redact/_held.sql" %}{% endwith %} LIMIT :most
        ) l
    ) ELSE 0 END AS overdue
) v
CROSS JOIN LATERAL (
    SELECT count(*) AS holds FROM redaction.holds h WHERE h.account_id = t.account_id AND h.released_at IS NULL
) h
LEFT JOIN LATERAL (
    SELECT r.id, r.run_key, r.state, r.erasure_level, r.started_at, r.stripped_count
    FROM redaction.runs r WHERE r.account_id = t.account_id ORDER BY r.id DESC LIMIT 1
) r ON true
