-- name: describe_closing(account_id)
-- Returns who asked for the closing of an account, who approved it, why and when, and the counts of everything ever
-- redacted of it here: existing activities, redacted ones, those of its runs.
SELECT a.closing_since AS since, a.closing_reason AS reason, a.closing_requested_by AS requested_by,
       a.closing_approved_by AS approved_by, a.closed_at, a.removed_at,
       (SELECT count(*) FROM tracking.activities t WHERE t.account_id = a.id) AS activities,
       (SELECT count(*) FROM tracking.activities t WHERE t.account_id = a.id AND t.redacted_at IS NOT NULL) AS redacted
FROM tracking.accounts a WHERE a.id = :account_id
