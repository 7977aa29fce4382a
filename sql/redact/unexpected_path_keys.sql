-- name: unexpected_path_keys()
-- Returns the ids of the run's activities whose call_path has a key that the catalog does not list.
SELECT a.id FROM {% include "redact/_rows_of_run.sql" %}

AND jsonb_typeof(a.call_path) IS NOT NULL AND (
    jsonb_typeof(a.call_path) <> 'array'
    OR EXISTS (
        SELECT FROM jsonb_array_elements(CASE jsonb_typeof(a.call_path) WHEN 'array' THEN a.call_path END) AS hop
        WHERE jsonb_typeof(hop) <> 'object' OR hop - ARRAY[{% for key in path_keys %}'{{ key }}'{{ ", " if not loop.last }}{% endfor %}] <> jsonb_build_object()
    )
)
