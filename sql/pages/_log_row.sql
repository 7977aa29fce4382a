-- What a log shows of an activity, over the aliases `a` and `r` (its run).
a.id, a.kind, a.called_at, a.status, a.tracking_number, a.tracking_label, a.source, a.caller_name, a.caller_number,
       a.tags, a.recording_url IS NOT NULL AS recording, (
           SELECT t.taken_at FROM tracking.taken_recordings t WHERE t.account_id = a.account_id AND t.activity_id = a.id
       ) AS recording_taken_at, a.redacted_at, a.redaction_run_id,
       coalesce(r.requested_by, r.policy) AS redacted_by
