-- name: count_foreign_in_rows_read_through()
-- Counts the rows of a run whose partitions are read through: all, those with a foreign number or address, by kind.
{% with rows = "rows_read_through" %}{% include "validate/_count_foreign_contacts.sql" %}{% endwith %}
