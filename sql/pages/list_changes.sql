-- name: list_changes(account_id, most)
-- Returns who changed which settings of an account, from which value to which, latest first; also which columns a
-- decision emptied in redacted activities, and in how many.
SELECT l.written_at, l.actor, coalesce(l.facts -> 'before', t.before, '{}') AS before,
       coalesce(l.facts -> 'after', t.after, '{}') AS after
FROM redaction.ledger l
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(
               c.name, format('a value of %s redacted activities', jsonb_array_length(l.facts #> '{taken_away,ids}'))
           ) AS before,
           jsonb_object_agg(c.name, 'taken away') AS after
    FROM jsonb_array_elements_text(l.facts #> '{taken_away,columns}') AS c (name)
) t ON l.facts ? 'taken_away'
WHERE l.kind = 'setting' AND l.account_id = :account_id
ORDER BY l.position DESC LIMIT :most
