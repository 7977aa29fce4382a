-- name: overview(account_ids, cutoffs, missed, most)
-- Returns the status of some accounts: activities due at the cutoff of each (counted up to `most`), those that the run
-- of `missed` should have taken, the oldest one, holds in force, whether one keeps the whole account, activities
-- redacted at the source and not here, and the last run. A refused request has started nothing and is no run.
WITH holds AS (
    SELECT h.account_id, count(*) AS holds, bool_or(h.scope = 'account') AS holds_all
    FROM redaction.holds h WHERE h.released_at IS NULL GROUP BY h.account_id
)
SELECT t.account_id, t.oldest, t.due_since, t.due, t.overdue, coalesce(h.holds, 0) AS holds,
       coalesce(h.holds_all, false) AS holds_all, s.redacted_at_source,
       r.id AS run_id, r.run_key, r.state AS run_state, r.failed_step AS run_step,
       r.failure AS run_failure, r.started_at AS run_at, r.erasure_level AS level
FROM redaction.list_account_status(
    CAST(:account_ids AS bigint[]), CAST(:cutoffs AS timestamptz[]), CAST(:missed AS timestamptz[]), :most
) t
LEFT JOIN holds h USING (account_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS redacted_at_source
    FROM tracking.redacted_at_source s
    CROSS JOIN LATERAL (
        -- The OFFSETs keep these as look-ups by key.
        SELECT called_at FROM tracking.activity_identity WHERE account_id = s.account_id AND id = s.activity_id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT FROM tracking.activities a
        WHERE a.account_id = s.account_id AND a.called_at = i.called_at AND a.id = s.activity_id AND (a.redacted_at IS NULL OR a.redaction_run_id IS NULL)
        OFFSET 0
    ) a
    WHERE s.account_id = t.account_id
) s
LEFT JOIN LATERAL (
    SELECT r.id, r.run_key, r.state, r.failed_step, r.failure, r.erasure_level, r.started_at
    FROM redaction.runs r WHERE r.account_id = t.account_id AND r.state <> 'refused' ORDER BY r.id DESC LIMIT 1
) r ON true
