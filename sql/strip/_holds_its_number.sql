-- Says whether a retained number, id or route of a row, over the alias `a`, is a number of its contact. The loader lets
-- none in; an older one, or another writer, may have. Cheap tests come first, and almost always say no.
{% set numbers = ['"tracking_number"'] | select("in", retained) | list %}
{% set ids = ['"tracking_number_id"', '"source_id"'] | select("in", retained) | list
    + own | selectattr("retained") | selectattr("type", "equalto", "bigint") | map(attribute="column") | list %}
{% set fractions = own | selectattr("retained") | selectattr("type", "equalto", "double precision") | map(attribute="column") | list %}
{% macro digits_of(column) -%}
{% if column in fractions %}CASE WHEN abs(a.{{ column }}) < {{ formats.NO_CARD }} THEN CAST(CAST(trunc(abs(a.{{ column }})) AS bigint) AS text) END
{%- else %}ltrim(CAST(a.{{ column }} AS text), '-'){% endif %}
{%- endmacro %}
-- A number that is none by the plans of all countries is the contact's as it was sent.
{% set key %}coalesce(a.contact_key, CASE WHEN a.caller_number ~ '(?:[0-9][^0-9]*){7}' THEN '+' || regexp_replace(a.caller_number, '[^0-9]', '', 'g') END){% endset %}
-- Two digits next to each other are tested first: that is cheaper. A separator may be between the last two.
{% macro has_end_of(value, number) -%}
(strpos({{ value }}, right({{ number }}, 2)) > 0 OR strpos({{ value }}, left(right({{ number }}, 3), 2)) > 0)
    AND strpos(translate({{ value }}, ' ().-/_', ''), right({{ number }}, 6)) > 0
{%- endmacro %}
{% macro is_route(place, number) %}octet_length(a.call_path -> {{ place }} ->> 'route_id') >= 7 AND {{ has_end_of("a.call_path -> " ~ place ~ " ->> 'route_id'", number) }}{% endmacro %}
{% macro may_be(number) -%}
{% for column in numbers %}CASE WHEN octet_length(a.{{ column }}) = octet_length({{ number }}) AND ascii(a.{{ column }}) = ascii('+')
     THEN a.{{ column }} = {{ number }} ELSE {{ has_end_of("a." ~ column, number) }} END OR {% endfor %}

{% for column in ids + fractions %}a.{{ column }} NOT BETWEEN -999999 AND 999999 AND strpos({{ digits_of(column) }}, right({{ number }}, 6)) > 0 OR {% endfor %}
{{ is_route(0, number) }} OR CASE WHEN a.call_path -> 1 IS NOT NULL THEN {{ is_route(1, number) }}
    OR CASE WHEN a.call_path -> 2 IS NOT NULL THEN strpos(CAST(a.call_path AS text), right({{ number }}, 4)) > 0 END END
{%- endmacro %}
-- Not AND: it would also ask for the number if the first test is NULL.
CASE WHEN CASE WHEN a.contact_keys IS NULL THEN {{ may_be(key) }}
               ELSE EXISTS (SELECT FROM unnest(a.contact_keys || a.contact_key) AS own (number) WHERE {{ may_be("own.number") }}) END
     THEN redaction.holds_number(
         a.account_id, {{ key }} || a.contact_keys,
         ARRAY[{% for column in numbers %}a.{{ column }}, {% endfor %}{% for column in ids + fractions %}{{ digits_of(column) }}, {% endfor %}NULL], a.call_path
     ) ELSE false END
