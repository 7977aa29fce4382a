-- name: shown_statistics()
-- Returns what the planner's statistics show of the tables of the house, as text.
SELECT concat_ws(E'\n', most_common_vals, histogram_bounds, most_common_elems) AS content
FROM pg_stats WHERE schemaname IN ('tracking', 'redaction', 'reporting')
