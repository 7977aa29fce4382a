-- name: count_foreign_contacts()
-- Counts the rows of this session's run, and those whose retained text holds a phone number or an e-mail address that
-- is not their own: normally the business's, therefore a warning alone.
SELECT count(*) AS rows,
       count(*) FILTER (
           WHERE concat_ws(
               ' | ', {% for column in scrubbed %}a.{{ column }}, {% endfor %}CAST(jsonb_path_query_array(a.call_path, '$[*].route_name') AS text)
           ) ~ '[0-9][0-9 ().+/-]{5,}[0-9]|[^@[:space:]]@[^@[:space:]]+\.[a-z]'
       ) AS foreign_contacts
FROM redaction.rows_of_run a
