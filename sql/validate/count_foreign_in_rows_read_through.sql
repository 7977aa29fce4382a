-- name: count_foreign_in_rows_read_through(account_id)
-- Counts the rows of a run whose partitions are read through: all, those with a foreign number or address, by kind; notes
-- the texts on which nobody has decided.
{% with rows = "rows_read_through" %}{% include "validate/_count_foreign_contacts.sql" %}{% endwith %}
