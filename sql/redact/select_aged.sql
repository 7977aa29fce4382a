-- name: select_aged(run_id, account_id, cutoff)
-- Fixes the set of a run: every aged activity of the account at this moment, and nothing that arrives later.
INSERT INTO redaction.run_activities (run_id, activity_id, account_id, called_at)
SELECT :run_id, a.id, a.account_id, a.called_at
FROM tracking.activities a
WHERE {% include "redact/_aged.sql" %}

ORDER BY a.id
