-- name: count_lost(account_id, ids)
-- Counts the different values among some activities that a redaction loses: the names of their callers (more than one
-- may mean a shared number), and the contacts, sessions and tags that reports stop counting.
SELECT count(DISTINCT lower(btrim(a.caller_name))) AS names, count(DISTINCT a.contact_key) AS contacts,
       count(DISTINCT a.visitor ->> 'visitor_sid') AS sessions, count(DISTINCT t.tag) AS tags
FROM unnest(CAST(:ids AS bigint[])) AS u (id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT a.caller_name, a.contact_key, a.visitor, a.tags FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id OFFSET 0
) a
LEFT JOIN LATERAL unnest(a.tags) AS t (tag) ON true
