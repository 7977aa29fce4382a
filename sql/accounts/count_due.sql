-- name: count_due(account_id, cutoff)
-- Counts the activities that a run at this cutoff would redact.
SELECT count(*) AS due FROM tracking.activities a WHERE {% include "redact/_aged.sql" %}
