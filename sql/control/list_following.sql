-- name: list_following(account_id)
-- Returns the accounts that follow their source and may redact (or only this one) and have something to do: the source
-- has redacted an activity that is here, or a run that follows it is unfinished.
SELECT a.id
FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
WHERE a.follow_source AND g.allow_redaction AND g.plan = 'agency' AND a.whereabouts = 'here'
  AND (CAST(:account_id AS bigint) IS NULL OR a.id = :account_id)
  AND (
      EXISTS (SELECT FROM tracking.redacted_at_source s WHERE s.account_id = a.id)
      OR EXISTS (
          SELECT FROM redaction.runs r
          WHERE r.account_id = a.id AND r.kind = 'source' AND r.state NOT IN ('succeeded', 'refused', 'abandoned')
      )
  )
ORDER BY a.id
