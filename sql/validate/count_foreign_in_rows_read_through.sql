-- name: count_foreign_in_rows_read_through(account_id)
-- Counts the rows of a run whose partitions are read whole: all, those with a foreign number or address, by kind;
-- records the undecided texts.
{% with rows = "rows_read_through" %}{% include "validate/_count_foreign_contacts.sql" %}{% endwith %}
