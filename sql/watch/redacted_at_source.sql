-- name: redacted_at_source()
-- Returns by account the activities that are redacted at the source, and that or whose objects are not redacted here, and since when; whether the account
-- follows the source, and since when the first of them without a hold waits.
SELECT s.account_id, count(*) AS found, min(s.reported_at) AS since, t.follow_source AS follows,
       min(s.reported_at) FILTER (WHERE NOT a.held) AS due_since
FROM tracking.redacted_at_source s
JOIN tracking.accounts t ON t.id = s.account_id AND t.whereabouts = 'here'
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = s.account_id AND id = s.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT {% with account = "s.account_id" %}{% include "select/_held.sql" %}{% endwith %} AS held
    FROM tracking.activities a
    WHERE a.account_id = s.account_id AND a.called_at = i.called_at AND a.id = s.activity_id AND (a.redacted_at IS NULL OR a.redaction_run_id IS NULL)
    OFFSET 0
) a
GROUP BY s.account_id, t.follow_source ORDER BY s.account_id
