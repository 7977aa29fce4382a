-- name: count_contact_activities(account_id, contact)
-- Returns how many activities of an account that are not redacted have a number or an address, each once.
SELECT {% with account = ":account_id", contact = "CAST(:contact AS text)" %}{% include "control/_count_of_contact.sql" %}{% endwith %} AS activities
