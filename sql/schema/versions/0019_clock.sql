-- name: 0019_clock()
-- The clock for recordings: which objects are recordings, where the living ones lie, what is remembered after a restore.

-- An object that the record of its activity names as its recording, now or before: the clock takes these and no others.
ALTER TABLE tracking.objects ADD COLUMN recording boolean NOT NULL DEFAULT false;
UPDATE tracking.objects o SET recording = true
FROM tracking.activity_identity i
JOIN tracking.activities a ON a.account_id = i.account_id AND a.called_at = i.called_at AND a.id = i.id
WHERE i.account_id = o.account_id AND i.id = o.activity_id AND a.recording_url IS NOT NULL
  AND (a.recording_url = o.address OR a.kind = 'call' AND o.due_since IS NULL AND NOT EXISTS (
      -- What a call names beside its recording stands in another of its columns.
      SELECT FROM jsonb_each_text(to_jsonb(a) - 'recording_url') AS c (name, value) WHERE strpos(c.value, o.address) > 0
  ));
GRANT INSERT (recording) ON tracking.objects TO redaction_loader;

-- A clock asks each day which recordings are due: nearly always none of very many activities.
CREATE INDEX activities_recordings ON tracking.activities (account_id, called_at, id)
    WHERE redacted_at IS NULL AND recording_url IS NOT NULL;

-- What was taken is taken by one function alone, and is not given back.
REVOKE INSERT, DELETE ON tracking.taken_recordings FROM redaction_worker;
GRANT SELECT ON tracking.taken_recordings TO redaction_loader;

-- Up to when recordings were taken before a restore, for when some of it is sent again.
ALTER TABLE redaction.forgotten_before ADD COLUMN recordings_before timestamptz;

-- A closed account whose retained rows and reports were taken away: its runs and its rows of the ledger stay.
ALTER TABLE tracking.accounts
    ADD COLUMN removed_at timestamptz,
    ADD CONSTRAINT accounts_removed_was_closed CHECK (removed_at IS NULL OR closed_at IS NOT NULL);

-- An account is closed by its approved run and by the function that finds it empty, not by a setting.
REVOKE UPDATE (closing_since, closing_reason, closing_requested_by, closing_approved_by, closed_at)
    ON tracking.accounts FROM redaction_manager;
