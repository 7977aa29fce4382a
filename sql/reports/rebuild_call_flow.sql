-- name: rebuild_call_flow(account_id)
-- Replaces the rows of the collected days; an activity counts once for each route of its path, redacted or not.
WITH gone AS (
    DELETE FROM reporting.call_flow WHERE account_id = :account_id AND day IN (SELECT day FROM report_days)
), paths AS MATERIALIZED (
    SELECT day, has_one_hop, route_name, route_type, routes, sum(activities) AS activities, sum(redacted) AS redacted
    FROM report_rows
    WHERE part = 'way' AND (has_one_hop OR routes IS NOT NULL)
    GROUP BY day, has_one_hop, route_name, route_type, routes
), hops AS (
    SELECT day, route_name, route_type, activities, redacted FROM paths WHERE has_one_hop
    UNION ALL
    SELECT p.day, hop.route_name, hop.route_type, p.activities, p.redacted
    FROM paths p
    CROSS JOIN LATERAL (
        SELECT DISTINCT route ->> 0 AS route_name, route ->> 1 AS route_type
        FROM jsonb_array_elements(CAST(p.routes AS jsonb)) AS route
    ) hop
    WHERE NOT p.has_one_hop
)
INSERT INTO reporting.call_flow (account_id, day, route_name, route_type, activities, redacted)
SELECT :account_id, day, route_name, route_type, sum(activities), sum(redacted)
FROM hops
GROUP BY day, route_name, route_type
