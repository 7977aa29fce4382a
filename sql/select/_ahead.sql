-- The activities `a` that were dated more than a day ahead when they were loaded, before an instant `before`, are still
-- ahead of it, and are not redacted; for the account `account`.
tracking.future_activities f
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = {{ account }} AND id = f.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.id, a.kind, {% include "select/_held.sql" %} AS held
    FROM tracking.activities a
    WHERE a.account_id = {{ account }} AND a.called_at = i.called_at AND a.id = f.activity_id AND a.redacted_at IS NULL
      AND a.called_at >= {{ before }}
    OFFSET 0
) a
