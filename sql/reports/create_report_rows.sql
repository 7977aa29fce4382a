-- name: create_report_rows(account_id, low, high)
-- Counts the activities of the collected days that were not given away, all in one snapshot, into the few rows that the
-- reports are summed from. A row stands for activities of one day that are equal in all columns of its `part`: 'way'
-- (hour and routes; several hops as JSON, in order) or 'rest' (everything else; values that redacted ones have lost are
-- NULL). Adjacent days are read as one span, both parts are grouped in one pass, and days that the span must not have
-- are left out at the end. `low` and `high` are those of `find_span_of_days`.
CREATE TEMPORARY TABLE report_rows ON COMMIT DROP AS
WITH account AS (
    SELECT timezone FROM tracking.accounts WHERE id = :account_id
), spans AS MATERIALIZED (
    SELECT lower(span) AS start_at, upper(span) AS end_at
    FROM (SELECT unnest(range_agg(tstzrange(start_at, end_at))) AS span FROM report_days WHERE NOT given) touching
), counted AS (
    SELECT grouping(kind) = 0 AS is_rest, day, hour_at, hops = 1 AS has_one_hop, route_name, route_type, routes,
           kind, status, source_id, source, tracking_number, tracking_label, has_visitor, visitor_sid, tags, contact_key,
           count(*) AS activities, count(redacted_at) AS redacted
    FROM spans s
    CROSS JOIN LATERAL (
        SELECT a.*, a.called_at AT TIME ZONE (SELECT timezone FROM account) AS local_at,
               CASE jsonb_typeof(a.call_path) WHEN 'array' THEN jsonb_array_length(a.call_path) END AS hops
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at >= s.start_at AND a.called_at < s.end_at
          AND a.called_at >= CAST(:low AS timestamptz) AND a.called_at < CAST(:high AS timestamptz)
        OFFSET 0
    ) a
    CROSS JOIN LATERAL (
        SELECT local_at::date AS day, date_trunc('hour', local_at) AS hour_at,
               visitor IS NOT NULL AS has_visitor, visitor ->> 'visitor_sid' AS visitor_sid,
               CASE WHEN hops = 1 THEN call_path -> 0 ->> 'route_name' END AS route_name,
               CASE WHEN hops = 1 THEN call_path -> 0 ->> 'route_type' END AS route_type,
               CASE WHEN hops > 1 THEN (
                   SELECT jsonb_agg(jsonb_build_array(step -> 'route_name', step -> 'route_type'))::text
                   FROM jsonb_array_elements(call_path) AS step
               ) END AS routes
    ) way
    GROUP BY GROUPING SETS (
        (day, kind, status, source_id, source, tracking_number, tracking_label, has_visitor, visitor_sid, tags,
         contact_key, redacted_at IS NULL),
        (hour_at, hops = 1, route_name, route_type, routes)
    )
)
SELECT CASE WHEN is_rest THEN 'rest' ELSE 'way' END AS part, d.day, extract(hour FROM hour_at)::smallint AS hour,
       has_one_hop, route_name, route_type, routes, kind, status, source_id, source, tracking_number, tracking_label,
       has_visitor, visitor_sid, tags, contact_key, activities, redacted
FROM counted c JOIN report_days d ON d.day = coalesce(c.day, c.hour_at::date) AND NOT d.given
