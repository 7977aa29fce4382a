-- Digest of what a strip must leave as it is, of one row over the alias `a`.
hash_record_extended(ROW(
    {% for column in keys + retained %}a.{{ column }}{{ ", " if not loop.last }}{% endfor %}

), 0)
