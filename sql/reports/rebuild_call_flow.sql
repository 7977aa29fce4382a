-- name: rebuild_call_flow(account_id)
-- Replaces the rows of the collected days; an activity counts once for each route of its path, redacted or not.
WITH gone AS (
    DELETE FROM reporting.call_flow WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
)
INSERT INTO reporting.call_flow (account_id, day, route_name, route_type, activities, redacted)
SELECT :account_id, r.day, hop.route_name, hop.route_type, count(*), count(*) FILTER (WHERE r.redacted)
FROM report_rows r
CROSS JOIN LATERAL (
    SELECT DISTINCT step ->> 'route_name' AS route_name, step ->> 'route_type' AS route_type
    FROM jsonb_array_elements(CASE jsonb_typeof(r.call_path) WHEN 'array' THEN r.call_path END) AS step
) hop
GROUP BY r.day, hop.route_name, hop.route_type
