-- The categories of personal data that a row has, a bit for each in the order of the catalog, over the alias `a`.
(
{%- for category, columns in categories %}
CASE WHEN {% for column in columns %}a.{{ column }} IS NOT NULL{{ " OR " if not loop.last }}{% endfor %} THEN {{ 2 ** loop.index0 }} ELSE 0 END{{ " + " if not loop.last }}
{%- endfor -%}
)
