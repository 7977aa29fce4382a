-- The retained texts of a row that may name its caller by mistake, as one text for `redaction.find_facts`, over the
-- alias `a`.
concat_ws(E'\x1f', {% for column in scrubbed %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}) || E'\x1e'
    || coalesce(CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text), '')
