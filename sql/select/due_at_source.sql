-- name: due_at_source(account_id)
-- Returns the activities of an account that the source has redacted, that are not redacted here, or whose objects wait for
-- a run, and that no hold keeps, if the account follows its source.
SELECT a.id
FROM tracking.redacted_at_source s
CROSS JOIN LATERAL (
    -- The OFFSETs keep these as look-ups by key.
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = s.activity_id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.id
    FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = s.activity_id AND (a.redacted_at IS NULL OR a.redaction_run_id IS NULL)
      AND NOT {% include "select/_held.sql" %}

    OFFSET 0
) a
WHERE s.account_id = :account_id
  AND EXISTS (SELECT FROM tracking.accounts t WHERE t.id = :account_id AND t.follow_source)
ORDER BY a.id
