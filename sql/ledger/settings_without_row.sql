-- name: settings_without_row()
-- Returns the settings of accounts (and of agencies: account_id NULL) that differ from the last ledger row about them.
-- It leaves out settings without a row, rows from before an account arrived from another placement, and removed
-- accounts.
WITH arrivals AS (
    SELECT account_id, max(position) AS position FROM redaction.ledger WHERE kind = 'arrival' GROUP BY account_id
), recorded AS (
    SELECT DISTINCT ON (l.account_id, l.facts ->> 'agency_id', s.name)
           l.account_id, CAST(l.facts ->> 'agency_id' AS bigint) AS agency_id, s.name, s.value, l.position
    FROM redaction.ledger l
    LEFT JOIN arrivals m ON m.account_id = l.account_id
    CROSS JOIN LATERAL jsonb_each(l.facts -> 'after') AS s (name, value)
    WHERE l.kind = 'setting' AND l.facts - '{before,after,agency_id,vouched}'::text[] = '{}'
      AND l.position > coalesce(m.position, 0)
    ORDER BY l.account_id, l.facts ->> 'agency_id', s.name, l.position DESC
)
SELECT t.account_id, NULL AS agency_id, t.name, t.position
FROM recorded t
JOIN tracking.accounts a ON a.id = t.account_id
CROSS JOIN LATERAL (
    SELECT to_jsonb(a) || jsonb_build_object('administrators', coalesce((
        SELECT jsonb_agg(u.username) FROM tracking.account_users u WHERE u.account_id = a.id AND u.role = 'administrator'
    ), '[]')) AS settings
) now
WHERE a.whereabouts = 'here' AND a.removed_at IS NULL AND now.settings ? t.name
  AND CASE WHEN t.name = 'administrators'
           THEN NOT (now.settings -> t.name @> t.value AND t.value @> (now.settings -> t.name))
           ELSE now.settings -> t.name <> t.value END
UNION ALL
SELECT NULL, t.agency_id, t.name, t.position
FROM recorded t JOIN tracking.agencies g ON g.id = t.agency_id
WHERE t.account_id IS NULL AND to_jsonb(g) ? t.name AND to_jsonb(g) -> t.name <> t.value
ORDER BY 1, 2, 3
