-- name: judge_names()
-- Says for the staged names, in order, which are common; see `tracking.judge_names`.
SELECT j.is_common
FROM (SELECT array_agg(account_id ORDER BY place) AS accounts, array_agg(name ORDER BY place) AS names FROM staged_names) s
CROSS JOIN LATERAL tracking.judge_names(s.accounts, s.names) j
ORDER BY j.place
