-- name: rebuild_call_flow(account_id)
-- Replaces the rows of the collected days; an activity counts once for each route of its path, redacted or not. A path of
-- one hop, as most are, needs no look for doubles.
WITH gone AS (
    DELETE FROM reporting.call_flow WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.call_flow (account_id, day, route_name, route_type, activities, redacted)
SELECT :account_id, hop.day, hop.route_name, hop.route_type, count(*), count(*) FILTER (WHERE hop.redacted)
FROM (
    SELECT r.day, r.redacted, r.call_path -> 0 ->> 'route_name' AS route_name,
           r.call_path -> 0 ->> 'route_type' AS route_type
    FROM report_rows r
    WHERE CASE jsonb_typeof(r.call_path) WHEN 'array' THEN jsonb_array_length(r.call_path) = 1 END
    UNION ALL
    SELECT r.day, r.redacted, step.route_name, step.route_type
    FROM report_rows r
    CROSS JOIN LATERAL (
        SELECT DISTINCT step ->> 'route_name' AS route_name, step ->> 'route_type' AS route_type
        FROM jsonb_array_elements(r.call_path) AS step
    ) step
    WHERE CASE jsonb_typeof(r.call_path) WHEN 'array' THEN jsonb_array_length(r.call_path) > 1 END
) hop
GROUP BY hop.day, hop.route_name, hop.route_type
