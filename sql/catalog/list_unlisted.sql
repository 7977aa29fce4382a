-- name: list_unlisted(fields, account_id, called_at, id, most)
-- Returns some of the activities that are not redacted and have some fields in `unlisted`, in the order of their key,
-- after a given one: the values of these fields, the marks of their contact, and what determines the country of their
-- account.
SELECT a.account_id, a.called_at, a.id, t.country, t.timezone,
       a.caller_name, a.caller_number, a.caller_numbers, a.contact_key, a.contact_keys, a.caller_id, a.emails, a.form,
       a.enhanced_caller_id,
       (
           SELECT jsonb_object_agg(u.field, a.unlisted -> u.field)
           FROM unnest(CAST(:fields AS text[])) AS u (field) WHERE a.unlisted ? u.field
       ) AS held
FROM tracking.activities a JOIN tracking.accounts t ON t.id = a.account_id
WHERE (a.account_id, a.called_at, a.id) > (CAST(:account_id AS bigint), CAST(:called_at AS timestamptz), CAST(:id AS bigint))
  AND a.redacted_at IS NULL AND a.unlisted ?| CAST(:fields AS text[]) AND jsonb_typeof(a.unlisted) = 'object'
ORDER BY a.account_id, a.called_at, a.id
LIMIT :most
