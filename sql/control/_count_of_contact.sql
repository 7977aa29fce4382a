-- How many activities of `account` have `contact`.
(
    SELECT count(*) FROM tracking.activities a
    WHERE a.account_id = {{ account }} AND a.redacted_at IS NULL AND {% include "control/_has_contact.sql" %}
)
