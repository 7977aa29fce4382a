-- name: count_between_holds(account_ids, starts, ends, most)
-- Returns how many activities of accounts a run would redact, each from one instant to before another, counted up to
-- `most`; in the given order. For accounts with a hold: it reads the rows, which `count_between` need not.
{% with without_held = true %}{% include "pages/_count_between.sql" %}{% endwith %}
