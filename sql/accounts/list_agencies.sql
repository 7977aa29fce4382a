-- name: list_agencies()
-- Returns every agency with the number of its accounts and of those that redact automatically.
SELECT g.id, g.name, g.plan, g.allow_redaction, g.needs_approval, count(a.id) AS accounts, count(a.auto_redaction) AS automatic
FROM tracking.agencies g LEFT JOIN tracking.accounts a ON a.agency_id = g.id AND a.whereabouts IN ('here', 'leaving')
GROUP BY g.id ORDER BY g.id
