-- The number of rows (`rows`) by the names of the categories whose bits are set, as an object without zeros.
jsonb_strip_nulls(jsonb_build_object(
{%- for category, columns in categories %}
'{{ category }}', nullif(coalesce(sum(rows) FILTER (WHERE {{ masks }} & {{ 2 ** loop.index0 }} <> 0), 0), 0){{ ", " if not loop.last }}
{%- endfor -%}
))
