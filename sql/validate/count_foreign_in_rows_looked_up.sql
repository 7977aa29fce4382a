-- name: count_foreign_in_rows_looked_up(account_id)
-- Counts the rows of a run that are looked up by their keys: all, those with a foreign number or address, by kind;
-- records the undecided texts.
{% with rows = "rows_looked_up" %}{% include "validate/_count_foreign_contacts.sql" %}{% endwith %}
