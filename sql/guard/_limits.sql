-- The limits of the guard, a row each: those given, and those that `record_limits` has stored.
(
    SELECT CAST(:factor AS double precision), CAST(:runs AS integer), CAST(:first AS bigint), CAST(:least AS bigint)
    UNION ALL
    SELECT k.factor, k.runs, k.first, k.least
    FROM jsonb_to_record(
        CAST(substring(obj_description('redaction.approvals'::regclass, 'pg_class') FROM '^limits: ([{].*[}])$') AS jsonb)
    ) AS k (factor double precision, runs integer, first bigint, least bigint)
    WHERE num_nulls(k.factor, k.runs, k.first, k.least) = 0
) AS l (factor, runs, first, least)
