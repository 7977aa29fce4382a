-- name: read_activities_of(account_id, times, ids, first, last)
-- Returns everything that is kept of some activities of an account, in the order of their times, each as one JSON
-- object without empty values; it includes the addresses of objects. `first` and `last` of the times keep the planner
-- from partitions without any of them.
SELECT jsonb_strip_nulls(jsonb_build_object(
           {% for column in keys + retained %}'{{ column[1:-1] }}', to_jsonb(a.{{ column }}){{ ", " }}{% endfor %}

           'objects', (
               SELECT jsonb_agg(o.address ORDER BY o.id) FROM tracking.objects o
               WHERE o.account_id = a.account_id AND o.activity_id = a.id
           )
       ) || jsonb_build_object(
           {% for column in personal %}'{{ column[1:-1] }}', to_jsonb(a.{{ column }}){{ ", " if not loop.last }}{% endfor %}

       )) AS activity
FROM unnest(CAST(:times AS timestamptz[]), CAST(:ids AS bigint[])) AS u (called_at, id)
CROSS JOIN LATERAL (
    SELECT * FROM tracking.activities a
    WHERE a.account_id = :account_id AND a.called_at = u.called_at AND a.id = u.id AND a.redacted_at IS NULL
      AND a.called_at BETWEEN CAST(:first AS timestamptz) AND CAST(:last AS timestamptz)
    OFFSET 0
) a
ORDER BY a.called_at, a.id
