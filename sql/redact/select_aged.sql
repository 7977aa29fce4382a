-- name: select_aged(run_id, account_id, cutoff)
-- Fixes the set of a run: every aged activity of the account at this moment, and nothing that arrives later.
INSERT INTO redaction.run_activities (run_id, called_at, activity_id, account_id)
SELECT :run_id, a.called_at, a.id, a.account_id
FROM tracking.activities a
WHERE {% include "redact/_aged.sql" %}
