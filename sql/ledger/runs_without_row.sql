-- name: runs_without_row()
-- Returns the finished runs that should have a ledger row and have none, although one transaction writes both. Runs
-- that arrived by a move have their row under the arrival.
SELECT r.id AS run_id, r.account_id, r.state
FROM redaction.runs r
WHERE r.state = 'succeeded' AND r.kind <> 'move'
  AND NOT EXISTS (SELECT FROM redaction.ledger l WHERE l.run_id = r.id AND l.kind = 'redaction')
UNION ALL
SELECT r.id, r.account_id, r.state
FROM redaction.runs r
WHERE r.state = 'refused'
  AND NOT EXISTS (SELECT FROM redaction.ledger l WHERE l.run_id = r.id AND l.kind IN ('refusal', 'approval'))
UNION ALL
SELECT r.id, r.account_id, r.state
FROM redaction.runs r
WHERE r.state = 'abandoned'
  AND NOT EXISTS (SELECT FROM redaction.ledger l WHERE l.run_id = r.id AND l.kind = 'abandonment')
ORDER BY run_id
