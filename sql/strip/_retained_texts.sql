-- The retained texts of a row that may name its caller by mistake, as one text, over the alias `a`.
concat_ws(' | ', {% for column in scrubbed %}a.{{ column }}, {% endfor %}CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text))
