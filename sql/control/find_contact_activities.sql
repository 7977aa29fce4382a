-- name: find_contact_activities(account_id, ids, nobodys)
-- Returns the activities of the contacts of some activities, up to and including the time of each: all that have one of
-- their numbers or addresses, of any kind. Matching is one hop: other numbers of the same contacts are not followed. An
-- activity without a number or address has no contact. If an activity has several numbers, one by which the business is
-- called leads nowhere: without a direction that number may be among them.
WITH flagged AS MATERIALIZED (
    SELECT a.called_at, array_remove(a.contact_key || a.contact_keys || a.emails, NULL) AS keys,
           (SELECT count(*) FROM unnest(a.contact_keys) AS n (key) WHERE n.key LIKE '+%') > 1 AS has_several
    FROM unnest(CAST(:ids AS bigint[])) AS u (id)
    CROSS JOIN LATERAL (
        SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
    ) i
    CROSS JOIN LATERAL (
        SELECT a.called_at, a.contact_key, a.contact_keys, a.emails FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id AND a.redacted_at IS NULL OFFSET 0
    ) a
), keys AS MATERIALIZED (
    SELECT k.key, max(f.called_at) AS until
    FROM flagged f
    CROSS JOIN LATERAL unnest(f.keys) AS raw (key)
    -- An address is stored in lower case, and as it was sent.
    CROSS JOIN LATERAL (VALUES (raw.key), (lower(raw.key))) AS k (key)
    WHERE btrim(k.key) <> ''
      -- Placeholders, which are written in place of an address, are nobody in common.
      AND NOT ARRAY[lower(k.key), lower(split_part(k.key, '@', 1)) || '@', regexp_replace(lower(k.key), '{{ alphabet().host_end }}', '')]
          && CAST(:nobodys AS text[])
      AND k.key !~ '^[+].*({{ alphabet().made_up | join("|") }})$'
      AND NOT (f.has_several AND k.key LIKE '+%' AND redaction.read_number(k.key) = ANY(CAST((SELECT redaction.own_numbers(:account_id)) AS text[])))
    GROUP BY k.key
)
SELECT DISTINCT m.id
FROM keys k
CROSS JOIN LATERAL (
    SELECT a.id FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at <= k.until AND a.redacted_at IS NULL
      AND {% with contact = "k.key" %}{% include "control/_has_contact.sql" %}{% endwith %}

    OFFSET 0
) m
ORDER BY m.id
