-- name: shown_statistics()
-- Returns what the planner's statistics show of the tables of the house, as text in the server's own encoding.
COPY (
    SELECT convert_to(concat_ws(E'\n', most_common_vals, histogram_bounds, most_common_elems), getdatabaseencoding())
    FROM pg_stats WHERE schemaname IN ('tracking', 'redaction', 'reporting')
) TO STDOUT (FORMAT binary)
