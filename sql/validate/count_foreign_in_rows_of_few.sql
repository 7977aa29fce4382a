-- name: count_foreign_in_rows_of_few(account_id)
-- Counts the rows of a small run: all, those with a foreign number or address, by kind; records the undecided texts.
{% with rows = "rows_of_few" %}{% include "validate/_count_foreign_contacts.sql" %}{% endwith %}
