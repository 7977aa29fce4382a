-- name: active_accounts()
-- Returns the accounts that have a DAG: automatic redaction is on and the agency allows it, or a run of their DAG is
-- under way. The latter have the policy of that run, and no schedule (`automatic` is false).
SELECT a.id, a.name, a.agency_id, g.name AS agency_name,
       CASE WHEN o.automatic THEN a.auto_redaction ELSE r.policy_period END AS period,
       CASE WHEN o.automatic THEN a.retention_mode ELSE r.policy_mode END AS mode,
       CASE WHEN o.automatic THEN a.timezone ELSE r.policy_timezone END AS timezone,
       CASE WHEN o.automatic THEN a.auto_redaction_since ELSE r.policy_since END::text AS since,
       CASE WHEN o.automatic THEN a.recordings_period END AS recordings, o.automatic
FROM tracking.accounts a
JOIN tracking.agencies g ON g.id = a.agency_id
CROSS JOIN LATERAL (SELECT a.auto_redaction IS NOT NULL AND g.allow_redaction AND g.plan = 'agency'
    AND a.closing_since IS NULL AS automatic) o
LEFT JOIN LATERAL (
    SELECT r.policy_period, r.policy_mode, r.policy_timezone, r.policy_since
    FROM redaction.runs r
    WHERE NOT o.automatic AND r.account_id = a.id AND r.state IN ('selected', 'stripped', 'erased', 'validated', 'failed')
      AND r.run_key LIKE 'redact\_account\_%' AND r.policy_period IS NOT NULL
    ORDER BY r.id DESC LIMIT 1
) r ON true
WHERE a.whereabouts IN ('here', 'leaving') AND (o.automatic OR r.policy_period IS NOT NULL)
ORDER BY a.id
