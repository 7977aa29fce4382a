-- name: create_report_rows(account_id)
-- Counts the activities of the collected days, all in one snapshot, into the few rows that the reports are summed from.
-- A row stands for activities of one day that are alike in all columns of its `part`: 'way' (hour and routes; those of
-- a path of several hops as JSON, in their order) or 'rest' (all else; what redacted ones have lost is NULL). Days that
-- touch are read as one span, so that each part reads an activity once; what a span has of other days is left out last.
CREATE TEMPORARY TABLE report_rows ON COMMIT DROP AS
WITH account AS (
    SELECT timezone FROM tracking.accounts WHERE id = :account_id
), spans AS MATERIALIZED (
    SELECT lower(span) AS start_at, upper(span) AS end_at
    FROM (SELECT unnest(range_agg(tstzrange(start_at, end_at))) AS span FROM report_days) touching
), rest AS (
    SELECT day, kind, status, source_id, source, tracking_number, tracking_label, has_visitor, visitor_sid, tags,
           contact_key, count(*) AS activities, count(redacted_at) AS redacted
    FROM spans s
    CROSS JOIN LATERAL (
        SELECT (a.called_at AT TIME ZONE (SELECT timezone FROM account))::date AS day, a.kind, a.status, a.source_id,
               a.source, a.tracking_number, a.tracking_label, a.visitor IS NOT NULL AS has_visitor,
               a.visitor ->> 'visitor_sid' AS visitor_sid, a.tags, a.contact_key, a.redacted_at
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at >= s.start_at AND a.called_at < s.end_at
        OFFSET 0
    ) a
    GROUP BY day, kind, status, source_id, source, tracking_number, tracking_label, has_visitor, visitor_sid, tags,
             contact_key, redacted_at IS NULL
), ways AS (
    SELECT hour_at, hops = 1 AS has_one_hop, route_name, route_type, routes,
           count(*) AS activities, count(redacted_at) AS redacted
    FROM spans s
    CROSS JOIN LATERAL (
        SELECT date_trunc('hour', a.called_at AT TIME ZONE (SELECT timezone FROM account)) AS hour_at, a.redacted_at,
               a.call_path, CASE jsonb_typeof(a.call_path) WHEN 'array' THEN jsonb_array_length(a.call_path) END AS hops
        FROM tracking.activities a
        WHERE a.account_id = :account_id AND a.called_at >= s.start_at AND a.called_at < s.end_at
        OFFSET 0
    ) a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN hops = 1 THEN call_path -> 0 ->> 'route_name' END AS route_name,
               CASE WHEN hops = 1 THEN call_path -> 0 ->> 'route_type' END AS route_type,
               CASE WHEN hops > 1 THEN (
                   SELECT jsonb_agg(jsonb_build_array(step -> 'route_name', step -> 'route_type'))::text
                   FROM jsonb_array_elements(call_path) AS step
               ) END AS routes
    ) way
    GROUP BY hour_at, hops = 1, route_name, route_type, routes
)
SELECT 'rest' AS part, day, CAST(NULL AS smallint) AS hour, CAST(NULL AS boolean) AS has_one_hop,
       CAST(NULL AS text) AS route_name, CAST(NULL AS text) AS route_type, CAST(NULL AS text) AS routes,
       kind, status, source_id, source, tracking_number, tracking_label, has_visitor, visitor_sid, tags, contact_key,
       activities, redacted
FROM rest JOIN report_days d USING (day)
UNION ALL
SELECT 'way', d.day, extract(hour FROM hour_at)::smallint, has_one_hop, route_name, route_type, routes,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, activities, redacted
FROM ways JOIN report_days d ON d.day = hour_at::date
