-- name: read_activities_of(account_id, ids)
-- Returns all that is kept of some activities of an account, in the order of their times, each as one JSON object without
-- what is empty; the addresses of its objects are in it.
SELECT jsonb_strip_nulls(jsonb_build_object(
           {% for column in keys + retained %}'{{ column[1:-1] }}', to_jsonb(a.{{ column }}){{ ", " }}{% endfor %}

           'objects', (
               SELECT jsonb_agg(o.address ORDER BY o.id) FROM tracking.objects o
               WHERE o.account_id = a.account_id AND o.activity_id = a.id
           )
       ) || jsonb_build_object(
           {% for column in personal %}'{{ column[1:-1] }}', to_jsonb(a.{{ column }}){{ ", " if not loop.last }}{% endfor %}

       )) AS activity
FROM unnest(CAST(:ids AS bigint[])) AS u (id)
CROSS JOIN LATERAL (
    SELECT called_at FROM tracking.activity_identity WHERE account_id = :account_id AND id = u.id OFFSET 0
) i
CROSS JOIN LATERAL (
    SELECT * FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = i.called_at AND a.id = u.id AND a.redacted_at IS NULL OFFSET 0
) a
ORDER BY a.called_at, a.id
