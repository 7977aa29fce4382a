-- Says whether an activity has come in redacted, as its source said, and its objects wait for a run: over the alias `a`.
-- No payload makes an object due.
(a.redacted_at IS NOT NULL AND a.redaction_run_id IS NULL AND EXISTS (
    SELECT FROM tracking.redacted_at_source w WHERE w.account_id = a.account_id AND w.activity_id = a.id
))
