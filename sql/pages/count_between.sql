-- name: count_between(account_ids, starts, ends, most)
-- Returns how many activities of accounts are not redacted, each from one instant to before another, held ones too,
-- counted up to `most`; in the given order.
{% include "pages/_count_between.sql" %}
