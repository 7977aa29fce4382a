-- name: active_accounts()
-- Returns the accounts that have a DAG: automatic redaction is on, and the agency allows it.
SELECT a.id, a.name, a.agency_id, g.name AS agency_name, a.auto_redaction AS period, a.retention_mode AS mode,
       a.timezone, a.auto_redaction_since::text AS since
FROM tracking.accounts a JOIN tracking.agencies g ON g.id = a.agency_id
WHERE a.auto_redaction IS NOT NULL AND g.allow_redaction AND g.plan = 'agency' AND a.whereabouts IN ('here', 'leaving')
ORDER BY a.id
