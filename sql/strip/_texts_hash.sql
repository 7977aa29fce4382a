-- Hash of the retained texts that may name their caller, column by column, over the alias `a`.
{% for column in scrubbed %}redaction.hash_value(a.{{ column }}, {% endfor %}0{% for column in scrubbed %}){% endfor %}

