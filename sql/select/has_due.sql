-- name: has_due(account_id, cutoff, recordings_cutoff)
-- Says whether a run of an account at this cutoff has anything to do: activities or recordings that are due and not
-- held, objects that remain, objects to record in the ledger, days whose reports a dead run should have rebuilt, or a
-- waiting run that must be asked about again.
SELECT redaction.has_aged(:account_id, :cutoff)
    OR EXISTS (SELECT FROM redaction.list_recordings_due(:account_id, :cutoff, CAST(:recordings_cutoff AS timestamptz)))
    OR EXISTS (
        SELECT FROM tracking.objects o
        WHERE o.account_id = :account_id AND o.due_since IS NOT NULL
          AND (o.outcome IS DISTINCT FROM 'elsewhere' OR o.tried_at < (SELECT max(s.changed_at) FROM redaction.stores s))
    )
    OR EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.account_id = :account_id AND r.state IN ('succeeded', 'abandoned') AND r.objects IS DISTINCT FROM r.objects_told
    )
    OR EXISTS (
        SELECT FROM redaction.runs r
        WHERE r.account_id = :account_id AND r.state <> 'succeeded'
          AND EXISTS (SELECT FROM redaction.run_days d WHERE d.run_id = r.id)
          AND NOT (r.state IN ('failed', 'refused', 'abandoned') AND EXISTS (
              SELECT FROM redaction.runs s
              WHERE s.account_id = :account_id AND s.id > r.id AND s.state = 'succeeded' AND s.started_at > r.finished_at
          ))
    )
    OR EXISTS (
        SELECT FROM redaction.runs r JOIN redaction.approvals q ON q.run_id = r.id
        WHERE r.account_id = :account_id AND r.kind = 'automatic' AND r.state IN ('selected', 'failed') AND q.approved IS NULL
    ) AS due
