-- Does a retained text of this row carry its own caller's number, address or full name? Over the alias `a`.
-- Separators are taken out of the text so that every format of the number is met by its last ten digits.
{% set texts %}
concat_ws(' | ', {% for column in scrubbed %}a.{{ column }}, {% endfor %}jsonb_path_query_array(a.call_path, '$[*].route_name')::text)
{% endset %}
(
    (length(regexp_replace(a.caller_number, '[^0-9]', '', 'g')) >= 7
     AND strpos(translate({{ texts }}, ' ()+.-/', ''), right(regexp_replace(a.caller_number, '[^0-9]', '', 'g'), 10)) > 0)
    OR (length(regexp_replace(a.contact_key, '[^0-9]', '', 'g')) >= 7
     AND strpos(translate({{ texts }}, ' ()+.-/', ''), right(regexp_replace(a.contact_key, '[^0-9]', '', 'g'), 10)) > 0)
    OR EXISTS (
        SELECT FROM unnest(a.emails) AS own (address)
        WHERE strpos(own.address, '@') > 0 AND strpos(lower({{ texts }}), lower(own.address)) > 0
    )
    OR (strpos(btrim(a.caller_name), ' ') > 0 AND strpos(lower({{ texts }}), lower(btrim(a.caller_name))) > 0)
) IS TRUE
